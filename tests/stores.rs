//! Data in object stores and on web servers: the same results as of files, also where connections break, and clear words
//! where there are none. The servers are real ones, or stand-ins that others wrote, and run on this machine.

#[path = "support/servers.rs"]
mod servers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use servers::{Server, python};

const SUITE: &str = "fixtures/suites/sources.yaml";

/// What is read from each store: formats, compression, folders with columns in their names, patterns.
const NAMES: [&str; 9] = [
    "pyarrow.parquet",
    "polars.csv",
    "python.csv.gz",
    "polars.ndjson",
    "fastavro_snappy.avro",
    "pyarrow.orc",
    "spark_parquet",
    "spark_partitioned/",
    "spark_partitioned/origin=*/**/*.parquet",
];

/// The checks of one server.
struct Setting {
    variables: BTreeMap<&'static str, String>,
    home: tempfile::TempDir,
}

impl Setting {
    fn new(variables: &[(&'static str, String)]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        Self { variables: variables.iter().cloned().collect(), home }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    /// Puts a file into the home folder.
    fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
        self
    }

    fn check(&self, data: &[&str], suite: &Path, options: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
        // nothing of the machine's own settings
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.home.path()).envs(&self.variables);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.arg("check").args(data).arg("--suite").arg(suite).args(options);
        command.output().expect("the program runs")
    }

    fn result(&self, data: &str, suite: &Path) -> Value {
        let output = self.check(&[data], suite, &["--format", "json", "--result-format", "COMPLETE"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "`{data}`: {said}");
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    }

    /// Checks that data has the same results as files.
    fn assert_same(&self, data: &str, files: &str) {
        let expected = Self::new(&[]).result(files, Path::new(SUITE));
        let found = self.result(data, Path::new(SUITE));
        assert_eq!(found["results"], expected["results"], "`{data}`");
        assert_eq!(found["meta"]["row_count"], expected["meta"]["row_count"], "`{data}`");
    }

    /// What is said of data that cannot be judged.
    fn error(&self, data: &str) -> String {
        let output = self.check(&[data], Path::new(SUITE), &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "`{data}`: {said}");
        said
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources")
}

/// All files below a folder, with their paths in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("it lies below").to_string_lossy().into_owned();
            found.push((name, fs::read(&path).expect("it can be read")));
        }
    }
    found
}

/// A server with the bucket `lake`, which has the files of the fixtures below `sources`.
static S3: LazyLock<Server> = LazyLock::new(|| {
    let server = Server::s3();
    server.put("/lake", b"");
    for (name, content) in files(&fixtures()) {
        server.put(&format!("/lake/sources/{name}"), &content);
    }
    server.put("/lake/sources/spark_partitioned/", b"");
    server.put("/lake/sources/spark_partitioned/origin=EWR/", b"");
    server.put("/lake/sources/spark_partitioned/_SUCCESS", b"");
    server.put("/lake/sources/spark_partitioned/_log/0.parquet", b"no data");
    server.put("/lake/big.parquet", &big());
    server
});

/// Asks the server, or one in front of it, with any credentials.
fn s3(server: &Server) -> Setting {
    Setting::new(&[
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", "anybody".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ])
}

/// A file with four row groups, of which one column is most; one column has a dictionary, another one lists.
fn big() -> Vec<u8> {
    let count = 120_000_i64;
    let mix = |number: i64| number.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
    let id: ArrayRef = Arc::new(Int64Array::from_iter_values((0..count).map(mix)));
    let amount: ArrayRef = Arc::new(Float64Array::from_iter_values((0..count).map(|number| mix(number) as f64 / 1e17)));
    let text = |number| format!("{:016x}{:016x}", mix(number), mix(mix(number))).repeat(2);
    let note: ArrayRef = Arc::new(StringArray::from_iter_values((0..count).map(text)));
    let kinds = ["air", "road", "sea"];
    let kind = (0..count).map(|number| kinds[mix(number).rem_euclid(3) as usize]);
    let kind: ArrayRef = Arc::new(StringArray::from_iter_values(kind));
    let tags = (0..count).map(|number| Some((0..number % 3).map(Some).collect::<Vec<_>>()));
    let tags: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(tags));
    let columns = [("id", id), ("note", note), ("kind", kind), ("amount", amount), ("tags", tags)];
    let batch = RecordBatch::try_from_iter(columns).expect("one length");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(30_000))
        .set_dictionary_enabled(false)
        .set_column_dictionary_enabled("kind".into(), true);
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties.build())).expect("a schema");
    writer.write(&batch).expect("it is written");
    writer.close().expect("it is written");
    file
}

#[test]
fn s3_gives_what_files_give() {
    let setting = s3(&S3);
    for name in NAMES {
        setting.assert_same(&format!("s3://lake/sources/{name}"), &format!("fixtures/sources/{name}"));
    }
    setting.assert_same("s3a://lake/sources/spark_partitioned", "fixtures/sources/spark_partitioned");
    setting.assert_same("s3://lake/sources/spark_part*/origin=*/", "fixtures/sources/spark_partitioned");
}

#[test]
fn google_gives_what_files_give() {
    let data = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files(&fixtures()) {
        let path = data.path().join("lake/sources").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, content).expect("it is written");
    }
    let server = Server::google(data.path());
    let setting = Setting::new(&[("STORAGE_EMULATOR_HOST", format!("127.0.0.1:{}", server.port))]);
    for name in NAMES {
        setting.assert_same(&format!("gs://lake/sources/{name}"), &format!("fixtures/sources/{name}"));
    }
    assert!(setting.error("gs://lake/none.csv").contains("there is no object `gs://lake/none.csv`"));
}

#[test]
fn azure_gives_what_files_give() {
    let server = Server::azure();
    let mut upload = Command::new(python());
    upload.arg("tests/support/servers/azure_upload.py").arg(server.url()).args(["lake", "fixtures"]);
    assert!(upload.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("Python runs").success());
    let emulator = [("AZURE_STORAGE_USE_EMULATOR", "true".to_owned()), ("AZURITE_BLOB_STORAGE_URL", server.url())];
    let setting = Setting::new(&emulator);
    for name in NAMES {
        setting.assert_same(&format!("az://lake/sources/{name}"), &format!("fixtures/sources/{name}"));
    }
    setting.assert_same("abfss://lake/sources/python.csv.gz", "fixtures/sources/python.csv.gz");

    let key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    let endpoint = format!("{}/devstoreaccount1", server.url());
    let connection = format!("AccountName=devstoreaccount1;AccountKey={key};BlobEndpoint={endpoint};");
    let setting = Setting::new(&[("AZURE_STORAGE_CONNECTION_STRING", connection.clone())]);
    setting.assert_same("az://lake/sources/pyarrow.parquet", "fixtures/sources/pyarrow.parquet");

    let wrong = Setting::new(&emulator).with("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=");
    let said = wrong.error("az://lake/sources/pyarrow.parquet");
    assert!(
        said.contains("access to `az://lake/sources/pyarrow.parquet` is denied (403 AuthorizationFailure)"),
        "{said}"
    );
    assert!(said.contains("check the credentials from the account's key"), "{said}");
    let said = Setting::new(&emulator).error("az://none/sources/pyarrow.parquet");
    assert!(said.contains("there is no container for `az://none/sources/pyarrow.parquet`"), "{said}");
    let said = Setting::new(&[]).error("az://lake/sources/pyarrow.parquet");
    assert!(said.contains("`az://lake` does not say of which account"), "{said}");
}

#[test]
fn web_servers_give_what_files_give() {
    let server = Server::web_with_tls(&fixtures());
    let authority = server.authority().to_string_lossy().into_owned();
    let setting = Setting::new(&[("SSL_CERT_FILE", authority)]);
    let url = |path: &str| format!("https://127.0.0.1:{}/{path}", server.port);
    for name in NAMES.into_iter().filter(|name| name.contains('.') && !name.contains('/')) {
        let file = format!("fixtures/sources/{name}");
        for kind in ["parts", "whole", "moved"] {
            setting.assert_same(&url(&format!("{kind}/{name}")), &file);
        }
    }
    // the value of a folder is a column
    let name = "spark_partitioned/origin=LGA/is_wet=true/part-6.snappy.parquet";
    setting.assert_same(&url(&format!("parts/{name}")), &format!("fixtures/sources/{name}"));

    let signed = format!("{}?signature=right", url("signed/pyarrow.parquet"));
    let result = setting.result(&signed, Path::new(SUITE));
    assert_eq!(result["meta"]["inputs"][0]["path"], url("signed/pyarrow.parquet"));
    assert!(!result.to_string().contains("signature"));

    let said = setting.error(&format!("{}?signature=secret", url("signed/pyarrow.parquet")));
    assert!(said.contains("is denied (403)") && said.contains("may have expired"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    let said = setting.error(&url("parts/none.csv"));
    assert!(said.contains(&format!("there is no object `{}`", url("parts/none.csv"))), "{said}");
    for many in ["parts/", "parts/*.csv"] {
        let said = setting.error(&url(many));
        assert!(said.contains("web servers do not list their files"), "{said}");
    }
    let said = Setting::new(&[]).error(&url("parts/polars.csv"));
    assert!(said.contains("ertificate") && said.contains("`SSL_CERT_FILE`"), "{said}");
}

#[test]
fn broken_answers_change_no_result() {
    let web = Server::web(&fixtures());
    std::thread::scope(|scope| {
        for fault in ["busy", "dropped", "cut", "stalled", "busy,dropped,cut"] {
            let web = &web;
            scope.spawn(move || {
                let spoiled = S3.spoiled(fault, None);
                let setting = s3(&spoiled).with("WEIR_HTTP_TIMEOUT", "500ms");
                for name in ["pyarrow.parquet", "python.csv.gz", "spark_partitioned/"] {
                    setting.assert_same(&format!("s3://lake/sources/{name}"), &format!("fixtures/sources/{name}"));
                }
                let (suite, file, _folder) = suite_of_big();
                let expected = Setting::new(&[]).result(&file, &suite);
                assert_eq!(setting.result("s3://lake/big.parquet", &suite)["results"], expected["results"], "{fault}");

                let spoiled = web.spoiled(fault, None);
                let setting = Setting::new(&[]).with("WEIR_HTTP_TIMEOUT", "500ms");
                for kind in ["parts", "whole"] {
                    let url = format!("{}/{kind}/polars.csv", spoiled.url());
                    setting.assert_same(&url, "fixtures/sources/polars.csv");
                }
                assert!(spoiled.lines().iter().any(|line| fault.contains(line.split(' ').next().unwrap_or("-"))));
            });
        }
    });
}

/// A suite that asks for all but the longest column of the big file, and the file.
fn suite_of_big() -> (PathBuf, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (suite, file) = (folder.path().join("big.yaml"), folder.path().join("big.parquet"));
    let text = "\
expectations:
- expect_column_mean_to_be_between: {column: amount, min_value: 1000000}
- expect_column_values_to_be_unique: {column: id}
- expect_column_values_to_be_in_set: {column: kind, value_set: [air, road, sea]}
- expect_column_values_to_be_between: {column: 'tags[]', max_value: 0}
";
    fs::write(&suite, text).expect("it is written");
    fs::write(&file, big()).expect("it is written");
    (suite, file.to_string_lossy().into_owned(), folder)
}

#[test]
fn a_long_text_comes_in_parts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (suite, file) = (folder.path().join("long.yaml"), folder.path().join("long.csv"));
    let rows = (0..600_000_u32).map(|row| format!("{row},{:08x}{:08x}\n", row.wrapping_mul(0x9E37_79B9), !row));
    let text: String = std::iter::once("id,text\n".to_owned()).chain(rows).collect();
    fs::write(&file, &text).expect("it is written");
    let suite_text = "\
expectations:
- expect_column_sum_to_be_between: {column: id, max_value: 1}
- expect_column_values_to_match_regex: {column: text, regex: '^0'}
- expect_column_values_to_be_unique: {column: text}
";
    fs::write(&suite, suite_text).expect("it is written");
    S3.put("/lake/long.csv", text.as_bytes());
    let spoiled = S3.spoiled("cut,busy", None);
    let options = ["--format", "json"];
    let results = |setting: &Setting, data: &str| -> Value {
        let output = setting.check(&[data], &suite, &options);
        let result: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        result["results"].clone()
    };
    let expected = results(&Setting::new(&[]), &file.to_string_lossy());
    assert_eq!(results(&s3(&spoiled), "s3://lake/long.csv"), expected);
    let parts = spoiled.lines().iter().filter(|line| line.contains("bytes=")).count();
    assert!(parts >= 3, "{parts}");
}

/// How many bytes were asked for, by the ranges of requests.
fn asked_for(lines: &[String]) -> u64 {
    let length = |line: &String| {
        let (start, end) = line.rsplit_once("bytes=")?.1.split_once('-')?;
        Some(end.parse::<u64>().ok()? + 1 - start.parse::<u64>().ok()?)
    };
    lines.iter().filter_map(length).sum()
}

#[test]
fn only_the_columns_that_are_asked_for_are_fetched() {
    let (suite, file, _folder) = suite_of_big();
    let expected = Setting::new(&[]).result(&file, &suite);
    let size = fs::metadata(&file).expect("it is there").len();
    let watched = S3.spoiled("none", None);
    let setting = s3(&watched);
    assert_eq!(setting.result("s3://lake/big.parquet", &suite)["results"], expected["results"]);
    let lines = watched.lines();
    let bytes = asked_for(&lines);
    assert!(bytes > size / 10 && bytes < size / 3, "{bytes} of {size} bytes: {lines:?}");
    assert!(lines.len() < 30, "{lines:?}");
}

#[test]
fn an_object_that_changes_is_an_error_and_no_mixture() {
    let (suite, file, folder) = suite_of_big();
    let other = folder.path().join("other.parquet");
    let content = fs::read(&file).expect("it is there");
    let mut of_one_size = content.clone();
    of_one_size[100] ^= 1;
    for (name, change) in [("other", of_one_size.as_slice()), ("shorter", &content[..100])] {
        fs::write(&other, change).expect("it is written");
        S3.put(&format!("/lake/{name}.parquet"), &content);
        let changing = S3.spoiled("change", Some(&other));
        let output = s3(&changing).check(&[&format!("s3://lake/{name}.parquet")], &suite, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("error: `s3://lake/{name}.parquet` was changed while it was read")), "{said}");
        assert!(said.contains("help: judge it again when nobody writes to it"), "{said}");
    }
}

#[test]
fn the_identity_of_an_object_is_recorded() {
    let result = s3(&S3).result("s3://lake/sources/spark_partitioned", Path::new(SUITE));
    let inputs = result["meta"]["inputs"].as_array().expect("a list");
    assert_eq!(inputs.len(), 7);
    let first = &inputs[0];
    let name = "spark_partitioned/origin=EWR/is_wet=__HIVE_DEFAULT_PARTITION__/part-0.snappy.parquet";
    assert_eq!(first["path"], format!("s3://lake/sources/{name}"));
    assert_eq!(first["size_bytes"], fs::metadata(fixtures().join(name)).expect("it is there").len());
    assert_eq!(first["e_tag"].as_str().map(str::len), Some(32));
    assert!(first["modified"].as_str().is_some_and(|time| time.starts_with("20")), "{first}");
}

#[test]
fn keys_are_taken_as_they_stand() {
    let content = fs::read(fixtures().join("polars.csv")).expect("it is there");
    let odd = [
        ("odd/a%2520b.csv", "odd/a%20b.csv"),
        ("odd/a%5B1%5D.csv", "odd/a[1].csv"),
        ("odd/%C3%A9%20x.csv", "odd/é x.csv"),
    ];
    for (path, _) in odd {
        S3.put(&format!("/lake/{path}"), &content);
    }
    for (_, key) in odd {
        s3(&S3).assert_same(&format!("s3://lake/{key}"), "fixtures/sources/polars.csv");
    }
}

#[test]
fn another_dataset_may_lie_in_a_store() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let suite = folder.path().join("suite.yaml");
    let text = "\
expectations:
- expect_column_values_to_exist_in_other_dataset: {column: id, other_dataset: 's3://lake/big.parquet'}
- expect_column_values_to_exist_in_other_dataset: {column: id, other_dataset: 's3://lake/none.parquet'}
";
    fs::write(&suite, text).expect("it is written");
    let result = s3(&S3).result("s3://lake/big.parquet", &suite);
    assert_eq!(result["results"][0]["success"], true, "{result}");
    assert_eq!(result["meta"]["references"][0]["path"], "s3://lake/big.parquet");
    let said = result["results"][1]["exception_info"].to_string();
    assert!(said.contains("there is no object `s3://lake/none.parquet`"), "{said}");
}

#[test]
fn profiles_give_keys_region_and_server() {
    let config =
        format!("[profile mine]\nregion = eu-west-1\nendpoint_url = {}\n[profile sso]\nsso_session = s\n", S3.url());
    let keys = "[mine]\naws_access_key_id = anybody\naws_secret_access_key = secret\n";
    let setting = || Setting::new(&[]).file(".aws/config", &config).file(".aws/credentials", keys);
    let data = "s3://lake/sources/pyarrow.parquet";
    setting().with("AWS_PROFILE", "mine").assert_same(data, "fixtures/sources/pyarrow.parquet");

    let said = setting().with("AWS_PROFILE", "sso").with("AWS_ENDPOINT_URL", S3.url()).error(data);
    assert!(said.contains("the profile `sso` gets its credentials by `sso_session`"), "{said}");
    assert!(said.contains("aws configure export-credentials --profile sso"), "{said}");
    let said = setting().with("AWS_PROFILE", "none").error(data);
    assert!(said.contains("there is no profile `none` in `"), "{said}");

    let elsewhere = setting().with("AWS_PROFILE", "there").with("AWS_ENDPOINT_URL", S3.url());
    let file = elsewhere.home.path().join("keys").to_string_lossy().into_owned();
    let elsewhere = elsewhere.file("keys", &keys.replace("mine", "there")).with("AWS_SHARED_CREDENTIALS_FILE", file);
    elsewhere.assert_same(data, "fixtures/sources/pyarrow.parquet");
}

#[test]
fn public_data_needs_no_credentials() {
    let setting = Setting::new(&[("AWS_ENDPOINT_URL", S3.url())]);
    setting.assert_same("s3://lake/sources/pyarrow.parquet", "fixtures/sources/pyarrow.parquet");
    let skipping = s3(&S3).with("AWS_SKIP_SIGNATURE", "true").with("AWS_PROFILE", "none");
    skipping.assert_same("s3://lake/sources/pyarrow.parquet", "fixtures/sources/pyarrow.parquet");
}

#[test]
fn what_is_wrong_is_said() {
    let said = s3(&S3).error("s3://lake/sources/pyarow.parquet");
    assert!(said.contains("error: there is no object `s3://lake/sources/pyarow.parquet`"), "{said}");
    assert!(said.contains("help: there is `s3://lake/sources/pyarrow.parquet`"), "{said}");
    let said = s3(&S3).error("s3://none/a.csv");
    assert!(said.contains("there is no bucket for `s3://none/a.csv` (404 NoSuchBucket)"), "{said}");
    let said = s3(&S3).error("s3://lake/none/*.csv");
    assert!(said.contains("no file matches `s3://lake/none/*.csv`"), "{said}");
    let said = s3(&S3).error("s3://lake//a.csv");
    assert!(said.contains("`s3://lake//a.csv` is no name of an object that weir can ask for"), "{said}");
    let said = s3(&S3).error("s3://lake/none/");
    assert!(said.contains("`s3://lake/none/`"), "{said}");
    let said = s3(&S3).with("AWS_ENDPOINT_URL", "http://127.0.0.1:9").error("s3://lake/a.csv");
    assert!(said.contains("`s3://lake/a.csv` cannot be read") && said.contains("`http://127.0.0.1:9`"), "{said}");
    let said = s3(&S3).with("WEIR_HTTP_TIMEOUT", "soon").error("s3://lake/a.csv");
    assert!(said.contains("`WEIR_HTTP_TIMEOUT` is `soon`, expected a duration"), "{said}");
    let output = s3(&S3).check(&["s3://lake/big.parquet"], Path::new(SUITE), &["--output", "json=s3://lake/r.json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("reports are written to local files"), "{said}");
}

#[test]
fn wrong_keys_are_told() {
    let strict = Server::s3();
    strict.put("/lake", b"");
    strict.put("/lake/a.csv", b"a\n1\n");
    strict.post("/moto-api/reset-auth", b"0");
    let said = s3(&strict).error("s3://lake/a.csv");
    assert!(said.contains("access to `s3://lake/a.csv` is denied (403 InvalidAccessKeyId)"), "{said}");
    assert!(said.contains("check the credentials from `AWS_ACCESS_KEY_ID`"), "{said}");
}
