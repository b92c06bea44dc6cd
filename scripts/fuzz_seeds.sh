#!/bin/sh
# Lays the small files of fixtures/sources where fuzzing begins from, fuzz/corpus/seeds_FORMAT, with what was found before
# (fuzz/seeds). Texts are cut to their first lines, which show as much as all of them.
set -eu
cd "$(dirname "$0")/.."

lines=20
for target in csv json avro orc parquet arrow_ipc; do
    rm -rf "fuzz/corpus/seeds_$target"
    mkdir -p "fuzz/corpus/seeds_$target"
    [ ! -d "fuzz/seeds/$target" ] || cp "fuzz/seeds/$target"/* "fuzz/corpus/seeds_$target/"
done
for file in fixtures/sources/*; do
    name=$(basename "$file")
    case $name in
        *.csv | *.tsv) head -n "$lines" "$file" >"fuzz/corpus/seeds_csv/$name" ;;
        *.ndjson | *.json) head -n "$lines" "$file" | head -c 20000 >"fuzz/corpus/seeds_json/$name" ;;
        *.avro) cp "$file" fuzz/corpus/seeds_avro/ ;;
        *.orc) cp "$file" fuzz/corpus/seeds_orc/ ;;
        *.parquet) cp "$file" fuzz/corpus/seeds_parquet/ ;;
        *.arrow | *.arrows | *.feather) cp "$file" fuzz/corpus/seeds_arrow_ipc/ ;;
    esac
done
