//! Columns of CSV and NDJSON that a few values keep from being numbers, booleans or times: an expectation that judges row
//! by row finds those values unexpected, one that sums the column up is errored.

use std::fs;
use std::process::Command;

use serde_json::Value;

/// Checks a file by a suite, whose expectations are given one a line; tells each verdict in a few words.
fn check(file: &str, content: &str, expectations: &str) -> Vec<String> {
    check_with(file, content, expectations, &[])
}

fn check_with(file: &str, content: &str, expectations: &str, options: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the folder can be written to");
    let lines: Vec<String> = expectations.trim().lines().map(|line| format!("  - {}\n", line.trim())).collect();
    write(file, content);
    write("whole.csv", "id\n1\n2\n3\n");
    write("suite.yaml", &format!("expectations:\n{}", lines.concat()));
    let output = Command::new(env!("CARGO_BIN_EXE_weir"))
        .current_dir(folder.path())
        .args(["check", file, "--suite", "suite.yaml", "--format", "json"])
        .args(options)
        .output()
        .expect("the program runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{complaint}"));
    report["results"].as_array().expect("a list").iter().map(tell).collect()
}

fn tell(verdict: &Value) -> String {
    let result = &verdict["result"];
    let status = verdict["meta"]["status"].as_str().unwrap_or_default();
    if let Some(message) = verdict["exception_info"]["exception_message"].as_str() {
        return format!("{status}: {message}");
    }
    if result["unexpected_count"].is_null() {
        return format!("{status}: {}", result["observed_value"]);
    }
    let unexpected = &result["partial_unexpected_list"];
    format!("{status}: {} missing, unexpected {unexpected}", result["missing_count"])
}

/// Ten numbers and days with four missing ones, and one line with mistakes.
fn with_mistakes() -> String {
    let lines: Vec<String> =
        (1..=9).map(|day| format!("{day},{},2024-01-0{day},{}\n", 10 - day, day % 2 == 0)).collect();
    format!("n,m,day,flag\n{}NA,0,,\nnull,0,NA,NA\n,0,,\nNA,0,,\nn/k,5,20240105,yes\n", lines.concat())
}

const N: &str = "errored: column `n` would hold Int64 but for 1 of its values: `n/k` (line 15 of `data.csv`)";
const DAY: &str = "errored: column `day` would hold Date32 but for 1 of its values: `20240105` (line 15 of `data.csv`)";

#[test]
fn a_row_wise_expectation_finds_the_misfits_alone_unexpected() {
    let verdicts = check(
        "data.csv",
        &with_mistakes(),
        r#"
        expect_column_values_to_be_between: {column: n, min_value: 1, max_value: 9}
        expect_column_values_to_not_be_null: {column: n}
        expect_column_values_to_be_null: {column: n, mostly: 0.1}
        expect_column_values_to_be_in_set: {column: flag, value_set: [true, false]}
        expect_column_values_to_be_between: {column: day, min_value: "2023-01-01"}
        expect_column_values_to_be_in_set: {column: n, value_set: [1, 2, 3, 4, 5, 6, 7, 8, 9]}
        expect_column_values_to_not_be_in_set: {column: n, value_set: [99]}
        expect_column_values_to_not_be_in_set: {column: n, value_set: [9, "n/k"]}
        expect_column_values_to_be_in_set: {column: n, value_set: ["n/k", "1"], mostly: 0.2}
        expect_column_values_to_be_unique: {column: n}
        expect_column_values_to_match_regex: {column: n, regex: "^[0-9]$"}
        "#,
    );
    assert_eq!(
        verdicts,
        [
            r#"failed: 4 missing, unexpected ["n/k"]"#,
            r"failed: null missing, unexpected [null,null,null,null]",
            r#"passed: null missing, unexpected ["1","2","3","4","5","6","7","8","9","n/k"]"#,
            r#"failed: 4 missing, unexpected ["yes"]"#,
            r#"failed: 4 missing, unexpected ["20240105"]"#,
            r#"failed: 4 missing, unexpected ["n/k"]"#,
            r#"failed: 4 missing, unexpected ["n/k"]"#,
            r#"failed: 4 missing, unexpected ["9","n/k"]"#,
            r#"passed: 4 missing, unexpected ["2","3","4","5","6","7","8","9"]"#,
            "passed: 4 missing, unexpected []",
            r#"failed: 4 missing, unexpected ["n/k"]"#,
        ]
    );
}

#[test]
fn rows_of_several_columns_with_a_misfit_are_unexpected() {
    let verdicts = check(
        "data.csv",
        &with_mistakes(),
        r#"
        expect_column_pair_values_a_to_be_greater_than_b: {column_A: n, column_B: m, ignore_row_if: either_value_is_missing, mostly: 0.1}
        expect_column_pair_values_to_be_equal: {column_A: n, column_B: m, ignore_row_if: either_value_is_missing, mostly: 0.1}
        expect_column_pair_values_to_be_in_set: {column_A: n, column_B: m, value_pairs_set: [[1, 9], [2, 8]], ignore_row_if: either_value_is_missing, mostly: 0.1}
        expect_multicolumn_sum_to_equal: {column_list: [n, m], sum_total: 10, ignore_row_if: any_value_is_missing}
        expect_multicolumn_values_to_be_equal: {column_list: [n, m], ignore_row_if: any_value_is_missing, mostly: 0.1}
        expect_select_column_values_to_be_unique_within_record: {column_list: [n, m], ignore_row_if: any_value_is_missing}
        expect_column_values_to_exist_in_other_dataset: {column: n, other_dataset: whole.csv, other_column: id, mostly: 0.1}
        expect_compound_columns_to_be_unique: {column_list: [n, m], ignore_row_if: any_value_is_missing}
        expect_row_to_satisfy: {condition: "n + m = 10"}
        expect_row_to_satisfy: {condition: "day >= DATE '2024-01-02'"}
        expect_row_to_satisfy: {condition: "length(n) <= 2"}
        expect_row_to_satisfy: {condition: "n <> 'n/k'"}
        "#,
    );
    let last = |verdict: &String| verdict.rsplit_once("},{").map(|(_, last)| last.to_owned());
    let rows = |pairs: &str| format!("4 missing, unexpected {pairs}");
    assert_eq!(verdicts[0], format!("passed: {}", rows(r#"[["1",9],["2",8],["3",7],["4",6],["5",5],["n/k",5]]"#)));
    assert_eq!(
        verdicts[1],
        format!("passed: {}", rows(r#"[["1",9],["2",8],["3",7],["4",6],["6",4],["7",3],["8",2],["9",1],["n/k",5]]"#))
    );
    assert!(verdicts[2].starts_with(r#"passed: 4 missing, unexpected [["3",7],"#), "{}", verdicts[2]);
    assert_eq!(verdicts[3], format!("failed: {}", rows(r#"[{"n":"n/k","m":5}]"#)));
    assert_eq!(last(&verdicts[4]).as_deref(), Some(r#""n":"n/k","m":5}]"#));
    assert_eq!(verdicts[5], format!("failed: {}", rows(r#"[{"n":"5","m":5},{"n":"n/k","m":5}]"#)));
    assert_eq!(verdicts[6], format!("passed: {}", rows(r#"["4","5","6","7","8","9","n/k"]"#)));
    assert_eq!(verdicts[7], format!("passed: {}", rows("[]")));
    assert_eq!(verdicts[8], format!("failed: {}", rows(r#"[{"n":"n/k","m":5}]"#)));
    assert_eq!(verdicts[9], format!("failed: {}", rows(r#"[{"day":"2024-01-01"},{"day":"20240105"}]"#)));
    // SQL that speaks of texts means them
    assert_eq!(verdicts[10], format!("failed: {}", rows(r#"[{"n":"n/k"}]"#)));
    assert_eq!(verdicts[11], format!("failed: {}", rows(r#"[{"n":"n/k"}]"#)));
}

#[test]
fn a_misfit_is_told_of_once_in_however_many_parts_the_keys_are_looked_up() {
    let rows = 60_000;
    let mut lines: Vec<String> = (0..rows).map(|row| format!("{},{}\n", row * 7919 % rows, row % 2)).collect();
    for (row, line) in [(100, "x?,0\n"), (20_000, "700000,1\n"), (20_001, ",1\n"), (59_000, "-8,\n")] {
        lines[row] = line.to_owned();
    }
    let expectations = "
        expect_column_values_to_exist_in_other_dataset: {column: n, other_dataset: data.csv, other_column: m}
        expect_column_values_to_be_unique: {column: n}
        expect_column_values_to_exist_in_other_dataset: {column: n, other_dataset: keys/}
        expect_column_values_to_exist_in_other_dataset: {column_list: [n, m], other_dataset: keys/}";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let keys = folder.path().join("keys.csv");
    let numbers: String = (0..rows).flat_map(|n| [0, 1].map(|m| format!("{n},{m}\n"))).collect();
    fs::write(&keys, format!("n,m\n{numbers}")).expect("the folder can be written to");
    let expectations = expectations.replace("keys/", keys.to_str().expect("a path of letters"));
    let data = format!("n,m\n{}", lines.concat());
    let whole = check_with("data.csv", &data, &expectations, &["--memory-limit", "4GB"]);
    assert_eq!(whole[1], "passed: 1 missing, unexpected []");
    assert_eq!(whole[2], r#"failed: 1 missing, unexpected ["x?","700000","-8"]"#);
    assert_eq!(whole[3], r#"failed: 2 missing, unexpected [{"n":"x?","m":0},{"n":"700000","m":1}]"#);
    let parts = check_with("data.csv", &data, &expectations, &["--memory-limit", "1MB"]);
    assert_eq!(parts, whole);
}

#[test]
fn an_aggregate_is_errored_and_names_the_lines() {
    let numbers = r"
        expect_column_mean_to_be_between: {column: n, min_value: 1}
        expect_column_sum_to_be_between: {column: n, min_value: 1}
        expect_column_stdev_to_be_between: {column: n, min_value: 1}
        expect_column_median_to_be_between: {column: n, min_value: 1}
        expect_column_min_to_be_between: {column: n, min_value: 1}
        expect_column_max_to_be_between: {column: n, max_value: 9}
        expect_column_quantile_values_to_be_between: {column: n, quantile_ranges: {quantiles: [0.5], value_ranges: [[1, 9]]}}
        expect_column_unique_value_count_to_be_between: {column: n, min_value: 1}
        expect_column_proportion_of_unique_values_to_be_between: {column: n, min_value: 0}
        expect_column_most_common_value_to_be_in_set: {column: n, value_set: [1, 2, 3, 4, 5, 6, 7, 8, 9]}
        expect_column_distinct_values_to_be_in_set: {column: n, value_set: [1, 2, 3, 4, 5, 6, 7, 8, 9]}
        expect_column_distinct_values_to_contain_set: {column: n, value_set: [1]}
        expect_column_distinct_values_to_equal_set: {column: n, value_set: [1, 2, 3, 4, 5, 6, 7, 8, 9]}
        expect_column_kl_divergence_to_be_less_than: {column: n, threshold: 9, partition_object: {bins: [0, 5, 10], weights: [0.5, 0.5]}}
        expect_column_kl_divergence_to_be_less_than: {column: n, threshold: 9, partition_object: {values: [1, 2], weights: [0.5, 0.5]}}
        expect_column_chisquare_test_p_value_to_be_greater_than: {column: n, p: 0.05, partition_object: {values: [1, 2], weights: [0.5, 0.5]}}
        expect_column_bootstrapped_ks_test_p_value_to_be_greater_than: {column: n, p: 0.05, partition_object: {bins: [0, 5, 10], weights: [0.5, 0.5]}}
        expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than: {column: n, distribution: norm, params: [5, 2]}
        expect_column_population_stability_index_to_be_less_than: {column: n, threshold: 1, partition_object: {bins: [0, 5, 10], weights: [0.5, 0.5]}}
        expect_column_jensen_shannon_divergence_to_be_less_than: {column: n, threshold: 1, reference_dataset: whole.csv, reference_column: id}
        expect_column_pair_cramers_phi_value_to_be_less_than: {column_A: n, column_B: flag, threshold: 0.5}
        expect_column_pair_cramers_phi_value_to_be_less_than: {column_A: m, column_B: n, threshold: 0.5}
        expect_column_values_to_be_increasing: {column: n}
        expect_column_values_to_be_decreasing: {column: n}
        expect_column_values_to_not_be_outliers: {column: n}
        expect_column_values_to_not_be_outliers: {column: n, method: std}
        expect_column_value_z_scores_to_be_less_than: {column: n, threshold: 3, double_sided: true}
        ";
    let lines: Vec<&str> = numbers.trim().lines().collect();
    for (line, verdict) in lines.iter().zip(check("data.csv", &with_mistakes(), numbers)) {
        assert_eq!(verdict, N, "{line}");
    }
    let days = r#"
        expect_column_max_to_be_between: {column: day, min_value: "2023-01-01"}
        expect_column_min_to_be_between: {column: day, min_value: "2023-01-01"}
        expect_column_max_to_be_within_duration_of_now: {column: day, max_age: 90000000h}
        expect_column_distinct_values_to_contain_set: {column: day, value_set: ["2024-01-01"]}
        "#;
    let lines: Vec<&str> = days.trim().lines().collect();
    for (line, verdict) in lines.iter().zip(check("data.csv", &with_mistakes(), days)) {
        assert_eq!(verdict, DAY, "{line}");
    }
}

#[test]
fn a_column_that_is_declared_a_text_is_summed_up_as_one() {
    let verdicts = check_with(
        "data.csv",
        &with_mistakes(),
        "expect_column_max_to_be_between: {column: n, min_value: a}",
        &["--column-type", "n=string"],
    );
    assert_eq!(verdicts, [r#"passed: "null""#]);
}

#[test]
fn a_text_of_json_is_no_number_however_it_reads() {
    let mut content: String = (1..=9).map(|n| format!("{{\"n\": {n}, \"flag\": true, \"x\": {n}.5}}\n")).collect();
    content += "{\"n\": \"5\", \"flag\": \"true\", \"x\": \" 1.5\"}\n{\"n\": null}\n";
    let verdicts = check(
        "data.ndjson",
        &content,
        r"
        expect_column_values_to_be_between: {column: n, min_value: 1, max_value: 9}
        expect_column_values_to_be_in_set: {column: flag, value_set: [true]}
        expect_column_values_to_be_between: {column: x, min_value: 1}
        expect_column_max_to_be_between: {column: n, min_value: 1}
        ",
    );
    assert_eq!(
        verdicts,
        [
            r#"failed: 1 missing, unexpected ["\"5\""]"#,
            r#"failed: 1 missing, unexpected ["\"true\""]"#,
            r#"failed: 1 missing, unexpected ["\" 1.5\""]"#,
            "errored: column `n` would hold Int64 but for 1 of its values: `\"5\"` (line 10 of `data.ndjson`)",
        ]
    );
}

#[test]
fn a_set_may_name_a_misfit() {
    let verdicts = check(
        "data.csv",
        "code\n1\n2\n1\n2\n1\nunknown\n",
        "
        expect_column_values_to_be_in_set: {column: code, value_set: [1, 2, unknown]}
        expect_column_values_to_be_in_set: {column: code, value_set: [1, 2]}
        expect_column_values_to_not_be_in_set: {column: code, value_set: [3, unknown]}
        ",
    );
    let expected = [
        "passed: 0 missing, unexpected []",
        "failed: 0 missing, unexpected [\"unknown\"]",
        "failed: 0 missing, unexpected [\"unknown\"]",
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn tests_of_texts_look_at_fields_as_they_are_written() {
    let lines = "zip,day,at,price,flag\n\
        00123,2024-01-31,2024-01-31T10:00:00Z,1.50,TRUE\n\
        04567,2024-02-01,2024-02-01T11:00:00Z,20.00,False\n\
        NA,,null,,\n";
    let expectations = r#"
        expect_column_values_to_match_regex: {column: zip, regex: '^\d{5}$'}
        expect_column_value_lengths_to_equal: {column: zip, value: 5}
        expect_column_values_to_match_like_pattern: {column: price, like_pattern: '%.00'}
        expect_column_values_to_match_strftime_format: {column: day, strftime_format: '%Y-%m-%d'}
        expect_column_values_to_be_dateutil_parseable: {column: at}
        expect_column_values_to_match_regex: {column: at, regex: '^2024.*T1\d:00:00Z$'}
        expect_column_values_to_not_match_regex: {column: at, regex: 'T11'}
        expect_column_values_to_match_regex: {column: flag, regex: '^(TRUE|False)$'}
        expect_column_values_to_be_of_type: {column: day, type_: str}
        expect_column_values_to_be_of_type: {column: day, type_: Date32}
        expect_column_values_to_be_of_type: {column: zip, type_: str}
        expect_column_max_to_be_between: {column: day, min_value: '2024-02-01', max_value: '2024-02-01'}
        expect_column_values_to_match_regex: {column: price, regex: '^1', row_condition: "at like '%T10:00:00Z' and price = '1.5'"}
        expect_column_values_to_be_in_set: {column: zip, value_set: [123], row_condition: "zip in ('123')"}
        "#;
    let expected = [
        "passed: 1 missing, unexpected []",
        "passed: 1 missing, unexpected []",
        r#"failed: 1 missing, unexpected ["1.50"]"#,
        "passed: 1 missing, unexpected []",
        "passed: 1 missing, unexpected []",
        "passed: 1 missing, unexpected []",
        r#"failed: 1 missing, unexpected ["2024-02-01T11:00:00Z"]"#,
        "passed: 1 missing, unexpected []",
        r#"passed: "Date32""#,
        r#"passed: "Date32""#,
        r#"failed: "Int64""#,
        r#"passed: "2024-02-01""#,
        "passed: 0 missing, unexpected []",
        "passed: 0 missing, unexpected []",
    ];
    assert_eq!(check("data.csv", lines, expectations), expected);
    // a declared type is what the user says it is
    let declared = check_with(
        "data.csv",
        lines,
        "expect_column_values_to_match_regex: {column: price, regex: '0$'}",
        &["--column-type", "price=float"],
    );
    assert_eq!(declared, ["failed: 1 missing, unexpected [1.5]"]);
}
