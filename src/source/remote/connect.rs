//! From a bucket to a store that can be asked: who the credentials come from, and which server it is.
//!
//! Each store takes the usual variables of its own tools. Where none gives credentials, the machine's own (of an instance
//! in a cloud) are asked for once and quickly; where there are none either, requests are not signed, as public data needs.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, resolve_bucket_region};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{ClientOptions, CredentialProvider, ObjectStore, RetryConfig};

use super::address::{Address, Scheme};
use super::failure::Failure;
use super::profile::Profile;
use super::settings::{Access, client, is_set, retries, timeout, variable};

/// How long the machine's own credentials are waited for.
const INSTANCE_TIMEOUT: Duration = Duration::from_secs(2);

/// A bucket that can be asked.
#[derive(Debug)]
pub(super) struct Bucket {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) access: Arc<Access>,
}

/// Connects to the bucket of an address.
///
/// # Errors
/// A setting is wrong, or says to get credentials in a way that is not known.
pub(super) async fn connect(address: Address) -> Result<Bucket, Failure> {
    match address.scheme {
        Scheme::S3 => s3(&address).await,
        Scheme::Google => google(&address).await,
        Scheme::Azure => azure(&address).await,
        Scheme::Web => Err(Failure::lasting(format!("`{address}` is no object store"), None)),
    }
}

/// Says that the settings of a store make no sense.
fn unusable(address: &Address, error: &object_store::Error) -> Failure {
    // what the store says itself, and the last cause of it
    let mut cause = std::error::Error::source(error);
    let mut said = cause.map_or_else(|| error.to_string(), ToString::to_string);
    while let Some(inner) = cause {
        cause = inner.source();
        let text = inner.to_string();
        if cause.is_none() && !said.contains(&text) {
            said = format!("{said}: {text}");
        }
    }
    Failure::lasting(format!("cannot connect to `{}`: {said}", address.base), None)
}

async fn s3(address: &Address) -> Result<Bucket, Failure> {
    let timeout = timeout()?;
    let is_unsigned = is_set("AWS_SKIP_SIGNATURE");
    let mut builder = AmazonS3Builder::from_env().with_url(&address.base).with_retry(retries());
    let has = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).is_some_and(|value| !value.is_empty());
    let profile = if is_unsigned { Profile::default() } else { Profile::read()? };

    let mut endpoint =
        variable("AWS_ENDPOINT_URL_S3").or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    if endpoint.is_none()
        && let Some(own) = &profile.endpoint
    {
        builder = builder.with_endpoint(own);
        endpoint = Some(own.clone());
    }
    let options = client("AWS_", timeout, endpoint.as_deref().is_some_and(|url| url.starts_with("http://")))?;
    builder = builder.with_client_options(options.clone());
    if !has(&builder, AmazonS3ConfigKey::Region) {
        let of_bucket = match (&profile.region, &endpoint) {
            (Some(region), _) => Some(region.clone()),
            (None, None) => region_of(address, options).await,
            (None, Some(_)) => None,
        };
        if let Some(region) = of_bucket {
            builder = builder.with_region(region);
        }
    }

    let from_environment = [
        (AmazonS3ConfigKey::AccessKeyId, "`AWS_ACCESS_KEY_ID`"),
        (AmazonS3ConfigKey::WebIdentityTokenFile, "`AWS_WEB_IDENTITY_TOKEN_FILE`"),
    ];
    let from_container = [
        (AmazonS3ConfigKey::ContainerCredentialsRelativeUri, "the container"),
        (AmazonS3ConfigKey::ContainerCredentialsFullUri, "the container"),
    ];
    let found = |builder: &AmazonS3Builder, sources: [(AmazonS3ConfigKey, &str); 2]| {
        let mut sources = sources.into_iter();
        sources.find(|(key, _)| has(builder, *key)).map(|(_, source)| source.to_owned())
    };
    let credentials = if is_unsigned {
        None
    } else if let Some(source) = found(&builder, from_environment) {
        Some(source)
    } else {
        profile.refuse_foreign()?;
        let source = format!("the profile `{}`", profile.name);
        if let Some(keys) = profile.keys {
            builder = builder.with_access_key_id(keys.id).with_secret_access_key(keys.secret);
            if let Some(token) = keys.token {
                builder = builder.with_token(token);
            }
            Some(source)
        } else if let Some(web) = profile.web_identity {
            builder = builder
                .with_config(AmazonS3ConfigKey::RoleArn, web.role)
                .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, web.token_file);
            Some(source)
        } else if let Some(source) = found(&builder, from_container) {
            Some(source)
        } else if endpoint.is_some() || is_set("AWS_EC2_METADATA_DISABLED") {
            None
        } else {
            let quick = builder.clone().with_retry(once()).build().map_err(|error| unusable(address, &error))?;
            answers(quick.credentials().as_ref()).await.then(|| "this machine's role".to_owned())
        }
    };
    if credentials.is_none() {
        builder = builder.with_skip_signature(true);
    }
    let store = builder.build().map_err(|error| unusable(address, &error))?;
    let access = Access { scheme: Scheme::S3, credentials, endpoint, timeout };
    Ok(Bucket { store: Arc::new(store), access: Arc::new(access) })
}

/// Asks which region a bucket is in, where nobody says so.
async fn region_of(address: &Address, options: ClientOptions) -> Option<String> {
    let (_, bucket) = address.base.split_once("://")?;
    // what is wrong with the bucket is told when it is read
    tokio::time::timeout(INSTANCE_TIMEOUT, resolve_bucket_region(bucket, &options)).await.ok()?.ok()
}

async fn google(address: &Address) -> Result<Bucket, Failure> {
    let timeout = timeout()?;
    let mut builder = GoogleCloudStorageBuilder::from_env().with_url(&address.base).with_retry(retries());
    let has = |key| builder.get_config_value(&key).is_some_and(|value| !value.is_empty());
    let source = if has(GoogleConfigKey::ServiceAccount) || has(GoogleConfigKey::ServiceAccountKey) {
        Some("the service account".to_owned())
    } else if has(GoogleConfigKey::ApplicationCredentials) {
        Some("`GOOGLE_APPLICATION_CREDENTIALS`".to_owned())
    } else {
        let file = std::env::home_dir().map(|home| home.join(".config/gcloud/application_default_credentials.json"));
        file.filter(|file| file.is_file()).map(|_| "`gcloud auth application-default login`".to_owned())
    };
    // what Google's own libraries take for a server that stands in for theirs; it asks for no credentials
    let emulator = variable("STORAGE_EMULATOR_HOST").filter(|_| !has(GoogleConfigKey::BaseUrl));
    let is_unsigned = is_set("GOOGLE_SKIP_SIGNATURE") || emulator.is_some();
    let endpoint = builder
        .get_config_value(&GoogleConfigKey::BaseUrl)
        .or_else(|| emulator.map(|host| if host.contains("://") { host } else { format!("http://{host}") }));
    if let Some(endpoint) = &endpoint {
        builder = builder.with_base_url(endpoint.trim_end_matches('/'));
    }
    let plain_http = endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
    builder = builder.with_client_options(client("GOOGLE_", timeout, plain_http)?);
    let credentials = if is_unsigned {
        None
    } else if source.is_some() || endpoint.is_some() {
        source
    } else {
        let quick = builder.clone().with_retry(once()).build().map_err(|error| unusable(address, &error))?;
        answers(quick.credentials().as_ref()).await.then(|| "this machine's service account".to_owned())
    };
    if credentials.is_none() {
        builder = builder.with_skip_signature(true);
    }
    let store = builder.build().map_err(|error| unusable(address, &error))?;
    let access = Access { scheme: Scheme::Google, credentials, endpoint, timeout };
    Ok(Bucket { store: Arc::new(store), access: Arc::new(access) })
}

/// The settings that give credentials for Azure, and how to speak of them.
const AZURE_CREDENTIALS: [(AzureConfigKey, &str); 7] = [
    (AzureConfigKey::AccessKey, "the account's key"),
    (AzureConfigKey::SasKey, "the SAS token"),
    (AzureConfigKey::Token, "`AZURE_STORAGE_TOKEN`"),
    (AzureConfigKey::ClientSecret, "`AZURE_CLIENT_SECRET`"),
    (AzureConfigKey::FederatedTokenFile, "`AZURE_FEDERATED_TOKEN_FILE`"),
    (AzureConfigKey::MsiEndpoint, "the managed identity"),
    (AzureConfigKey::FabricSessionToken, "the session of Fabric"),
];

async fn azure(address: &Address) -> Result<Bucket, Failure> {
    let timeout = timeout()?;
    let mut builder = MicrosoftAzureBuilder::from_env().with_retry(retries());
    if let Some(text) = variable("AZURE_STORAGE_CONNECTION_STRING") {
        builder = with_connection_string(builder, &text);
    }
    // the container in front of the account, as `az://container@account` has it
    let (_, place) = address.base.split_once("://").unwrap_or_default();
    builder = match place.split_once('@') {
        Some((container, account)) if !account.contains('.') => {
            builder.with_container_name(container).with_account(account)
        }
        _ => builder.with_url(&address.base),
    };
    let value = |builder: &MicrosoftAzureBuilder, key| builder.get_config_value(&key).filter(|value| !value.is_empty());
    let is_emulator = is_set("AZURE_STORAGE_USE_EMULATOR") || is_set("AZURE_USE_EMULATOR");
    if !is_emulator && value(&builder, AzureConfigKey::AccountName).is_none() && !place.contains('@') {
        let help = "set `AZURE_STORAGE_ACCOUNT_NAME`, or write `abfss://container@account.dfs.core.windows.net/path`";
        return Err(Failure::lasting(
            format!("`{}` does not say of which account", address.base),
            Some(help.to_owned()),
        ));
    }
    let endpoint = if is_emulator {
        Some(variable("AZURITE_BLOB_STORAGE_URL").unwrap_or_else(|| "http://127.0.0.1:10000".to_owned()))
    } else {
        value(&builder, AzureConfigKey::Endpoint)
    };
    let plain_http = endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
    builder = builder.with_client_options(client("AZURE_", timeout, plain_http)?);
    let given = AZURE_CREDENTIALS.into_iter().find(|(key, _)| value(&builder, *key).is_some());
    let credentials = if is_set("AZURE_SKIP_SIGNATURE") {
        None
    } else if let Some((_, source)) = given {
        Some(source.to_owned())
    } else if is_set("AZURE_USE_AZURE_CLI") {
        Some("`az login`".to_owned())
    } else if is_emulator {
        Some("the emulator".to_owned())
    } else if endpoint.is_some() {
        None
    } else {
        let quick = builder.clone().with_retry(once()).build().map_err(|error| unusable(address, &error))?;
        answers(quick.credentials().as_ref()).await.then(|| "this machine's managed identity".to_owned())
    };
    if credentials.is_none() {
        builder = builder.with_skip_signature(true);
    }
    let store = builder.build().map_err(|error| unusable(address, &error))?;
    let access = Access { scheme: Scheme::Azure, credentials, endpoint, timeout };
    Ok(Bucket { store: Arc::new(store), access: Arc::new(access) })
}

/// Takes what a connection string of Azure says: `AccountName=…;AccountKey=…;BlobEndpoint=…`.
fn with_connection_string(mut builder: MicrosoftAzureBuilder, text: &str) -> MicrosoftAzureBuilder {
    let mut account = None;
    let mut endpoint = None;
    let mut suffix = None;
    for (key, value) in text.split(';').filter_map(|part| part.split_once('=')) {
        match key.trim() {
            "AccountName" => account = Some(value),
            "AccountKey" => builder = builder.with_access_key(value),
            "SharedAccessSignature" => {
                builder = builder.with_config(AzureConfigKey::SasKey, value.trim_start_matches('?'));
            }
            "BlobEndpoint" => endpoint = Some(value.trim_end_matches('/').to_owned()),
            "EndpointSuffix" => suffix = Some(value),
            _ => {}
        }
    }
    if let Some(account) = account {
        builder = builder.with_account(account);
        let usual = suffix.filter(|suffix| *suffix != "core.windows.net");
        endpoint = endpoint.or_else(|| usual.map(|suffix| format!("https://{account}.blob.{suffix}")));
    }
    match endpoint {
        Some(endpoint) => builder.with_endpoint(endpoint),
        None => builder,
    }
}

/// One try, and no other.
fn once() -> RetryConfig {
    RetryConfig { max_retries: 0, retry_timeout: INSTANCE_TIMEOUT, ..RetryConfig::default() }
}

/// Tells whether a machine's own credentials are to be had.
async fn answers<T>(credentials: &dyn CredentialProvider<Credential = T>) -> bool {
    let asked = tokio::time::timeout(INSTANCE_TIMEOUT, credentials.get_credential()).await;
    asked.is_ok_and(|answer| answer.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_is_taken_apart() {
        let text =
            "DefaultEndpointsProtocol=https;AccountName=lake;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn";
        let builder = with_connection_string(MicrosoftAzureBuilder::new(), text);
        let value = |key| builder.get_config_value(&key);
        assert_eq!(value(AzureConfigKey::AccountName).as_deref(), Some("lake"));
        assert_eq!(value(AzureConfigKey::AccessKey).as_deref(), Some("a2V5=="));
        assert_eq!(value(AzureConfigKey::Endpoint).as_deref(), Some("https://lake.blob.core.chinacloudapi.cn"));
    }
}
