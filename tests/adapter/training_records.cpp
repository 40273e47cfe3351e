#include <mohs/adapter/training_records.hpp>
// Covers adapter/record_names.hpp, detail/adapter/training_json.hpp.

#include "../catch.hpp"
#include "../io/scratch_folder.hpp"

#include <cmath>
#include <limits>
#include <sstream>

namespace {

using mohs::Index;
using mohs::MinedRecord;
using mohs::RecordFormat;
using mohs::RecordNames;

constexpr RecordFormat formats[]{RecordFormat::triplet,      RecordFormat::n_tuple,        RecordFormat::labeled_pair,
                                 RecordFormat::labeled_list, RecordFormat::flag_embedding, RecordFormat::tevatron};

const MinedRecord record{.query = 3, .positives = {{10, 0.5}, {11, 0.25}}, .negatives = {{7, 0.125}, {9, -1}}};

std::string lines_of(RecordFormat format, bool scores = false, const RecordNames& names = {},
                     const MinedRecord& of = record)
{
    std::string text;
    mohs::append_training_lines(text, of, format, scores, names);
    return text;
}

/// Ids only, or texts and titles too.
RecordNames names_of(bool texts)
{
    RecordNames names;
    names.query_id = [](Index row) { return "q" + std::to_string(row); };
    names.document_id = [](Index row) { return "d" + std::to_string(row); };
    if (texts) {
        names.query_text = [](Index row) { return "what is \"" + std::to_string(row) + "\"?"; };
        names.document_text = [](Index row) { return "it is\n" + std::to_string(row); };
    }
    return names;
}

}

TEST_CASE("records have the shapes of sentence-transformers")
{
    CHECK(lines_of(RecordFormat::triplet) == R"({"query":3,"positive":10,"negative":7}
{"query":3,"positive":10,"negative":9}
{"query":3,"positive":11,"negative":7}
{"query":3,"positive":11,"negative":9}
)");
    CHECK(lines_of(RecordFormat::n_tuple) == R"({"query":3,"positive":10,"negatives":[7,9]}
{"query":3,"positive":11,"negatives":[7,9]}
)");
    CHECK(lines_of(RecordFormat::labeled_pair) == R"({"query":3,"document":10,"label":1}
{"query":3,"document":11,"label":1}
{"query":3,"document":7,"label":0}
{"query":3,"document":9,"label":0}
)");
    CHECK(lines_of(RecordFormat::labeled_list) == R"({"query":3,"documents":[10,7,9],"labels":[1,0,0]}
{"query":3,"documents":[11,7,9],"labels":[1,0,0]}
)");
}

TEST_CASE("scores stand beside tuples and instead of labels")
{
    CHECK(lines_of(RecordFormat::triplet, true)
              .starts_with(
                  R"({"query":3,"positive":10,"negative":7,"scores":[0.5,0.125]}
{"query":3,"positive":10,"negative":9,"scores":[0.5,-1.0]}
)"));
    CHECK(lines_of(RecordFormat::n_tuple, true) ==
          R"({"query":3,"positive":10,"negatives":[7,9],"scores":[0.5,0.125,-1.0]}
{"query":3,"positive":11,"negatives":[7,9],"scores":[0.25,0.125,-1.0]}
)");
    CHECK(lines_of(RecordFormat::labeled_pair, true) == R"({"query":3,"document":10,"score":0.5}
{"query":3,"document":11,"score":0.25}
{"query":3,"document":7,"score":0.125}
{"query":3,"document":9,"score":-1.0}
)");
    CHECK(lines_of(RecordFormat::labeled_list, true) == R"({"query":3,"documents":[10,7,9],"scores":[0.5,0.125,-1.0]}
{"query":3,"documents":[11,7,9],"scores":[0.25,0.125,-1.0]}
)");
}

TEST_CASE("records have the shape of FlagEmbedding with strings everywhere")
{
    CHECK(lines_of(RecordFormat::flag_embedding) == R"({"query":"3","pos":["10","11"],"neg":["7","9"]}
)");
    CHECK(lines_of(RecordFormat::flag_embedding, true, names_of(false)) ==
          R"({"query":"q3","pos":["d10","d11"],"neg":["d7","d9"],"pos_scores":[0.5,0.25],"neg_scores":[0.125,-1.0]}
)");
    CHECK(lines_of(RecordFormat::flag_embedding, false, names_of(true)) ==
          R"({"query":"what is \"3\"?","pos":["it is\n10","it is\n11"],"neg":["it is\n7","it is\n9"]}
)");
}

TEST_CASE("records have the shape of Tevatron")
{
    CHECK(
        lines_of(RecordFormat::tevatron, true) ==
        R"({"query_id":"3","positive_passages":[{"docid":"10"},{"docid":"11"}],"negative_passages":[{"docid":"7"},{"docid":"9"}]}
)");
    const MinedRecord one{.query = 3, .positives = {{10, 0.5}}, .negatives = {{7, 0.125}}};
    RecordNames names = names_of(true);
    CHECK(
        lines_of(RecordFormat::tevatron, false, names, one) ==
        R"({"query_id":"q3","query":"what is \"3\"?","positive_passages":[{"docid":"d10","title":"","text":"it is\n10"}],)"
        R"("negative_passages":[{"docid":"d7","title":"","text":"it is\n7"}]}
)");
    names.document_title = [](Index row) { return "Title " + std::to_string(row); };
    names.document_id = {};
    CHECK(lines_of(RecordFormat::tevatron, false, names, one)
              .find(R"({"docid":"7","title":"Title 7","text":"it is\n7"})") != std::string::npos);
}

TEST_CASE("texts go before ids and ids before rows")
{
    CHECK(lines_of(RecordFormat::n_tuple, false, names_of(false))
              .starts_with(R"({"query":"q3","positive":"d10","negatives":["d7","d9"]})"));
    RecordNames names = names_of(true);
    names.query_text = {};
    CHECK(lines_of(RecordFormat::n_tuple, false, names)
              .starts_with(R"({"query":"q3","positive":"it is\n10","negatives":["it is\n7","it is\n9"]})"));
    names.query_id = {};
    CHECK(lines_of(RecordFormat::labeled_pair, false, names)
              .starts_with(R"({"query":3,"document":"it is\n10","label":1})"));
}

TEST_CASE("records without positives or negatives have the lines that are left")
{
    const MinedRecord no_negatives{.query = 0, .positives = {{1, 1}}, .negatives = {}};
    CHECK(lines_of(RecordFormat::triplet, false, {}, no_negatives).empty());
    CHECK(lines_of(RecordFormat::n_tuple, true, {}, no_negatives) ==
          R"({"query":0,"positive":1,"negatives":[],"scores":[1.0]}
)");
    CHECK(lines_of(RecordFormat::labeled_list, false, {}, no_negatives) == R"({"query":0,"documents":[1],"labels":[1]}
)");
    CHECK(lines_of(RecordFormat::flag_embedding, true, {}, no_negatives) ==
          R"({"query":"0","pos":["1"],"neg":[],"pos_scores":[1.0],"neg_scores":[]}
)");
    const MinedRecord no_positives{.query = 0, .positives = {}, .negatives = {{1, 1}}};
    for (const RecordFormat format : formats) {
        CHECK(lines_of(format, false, {}, no_positives) ==
              (format == RecordFormat::labeled_pair ? "{\"query\":0,\"document\":1,\"label\":0}\n" : ""));
    }
}

TEST_CASE("scores that are not finite are refused where they would be written", "[ieee]")
{
    for (const double score : {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
        MinedRecord bad = record;
        bad.negatives[1].score = score;
        for (const RecordFormat format : formats) {
            CHECK(thrown_by<std::invalid_argument>([&] { (void)lines_of(format, true, {}, bad); }) ==
                  "mohs::write_training_records: the score of query 3 and row 9 is not finite, which JSON cannot say");
            CHECK(lines_of(format, false, {}, bad) == lines_of(format));
        }
    }
}

TEST_CASE("text that is not UTF-8 leaves the old file")
{
    const ScratchFolder folder;
    const auto path = folder / "negatives.jsonl";
    const std::vector<MinedRecord> records{record, record};
    mohs::save_training_records(records, path, RecordFormat::n_tuple, true);
    const std::string expected = lines_of(RecordFormat::n_tuple, true) + lines_of(RecordFormat::n_tuple, true);
    CHECK(content_of(path) == expected);
    RecordNames names;
    int asked = 0;
    names.document_text = [&](Index) { return std::string(++asked > 4 ? "\xff" : "fine"); };
    CHECK_THROWS_AS(mohs::save_training_records(records, path, RecordFormat::n_tuple, true, names),
                    std::invalid_argument);
    CHECK(content_of(path) == expected);
    CHECK(folder.names().size() == 1);
    std::ostringstream stream;
    mohs::write_training_records(records, stream, RecordFormat::n_tuple, true);
    CHECK(stream.str() == expected);
}
