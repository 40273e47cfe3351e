#include <mohs/adapter/trec.hpp>
// Covers detail/adapter/trec_fields.hpp, detail/io/number_text.hpp.

#include "../catch.hpp"
#include "../io/scratch_folder.hpp"
#include "hostile.hpp"

#include <random>

namespace {

using mohs::GradedLists;
using mohs::IdIndex;
using mohs::MinedRecord;
using mohs::RecordNames;
using Judgements = std::vector<mohs::RelevanceJudgement>;

Judgements read(const std::string& text)
{
    std::istringstream stream(text);
    return mohs::read_qrels(stream);
}

std::string refused(const std::string& text)
{
    return refusal_of([](std::istream& stream) { (void)mohs::read_qrels(stream); }, text);
}

std::string run_of(const MinedRecord& record, const RecordNames& names = {}, const std::string& tag = "mohs")
{
    std::string text;
    mohs::append_trec_run(text, record, tag, names);
    return text;
}

}

TEST_CASE("judgements of TREC and of BEIR are read")
{
    const Judgements expected{{"301", "FBIS3-10082", 1}, {"301", "FBIS3-10169", 0}, {"302", "a", -2}, {"302", "a", 3}};
    CHECK(read("301 0 FBIS3-10082 1\n301 0 FBIS3-10169 0\n302 Q0 a -2\n302 0 a +3") == expected);
    CHECK(read("\xEF\xBB\xBF"
               "301\t0\tFBIS3-10082\t1\r\n\n  301   0 \tFBIS3-10169 0  \r\n302 Q0 a -2\n302 0 a 3\n") == expected);
    CHECK(read("query-id\tcorpus-id\tscore\n301\tFBIS3-10082\t1\n301\tFBIS3-10169\t0\n302\ta\t-2\n302\ta\t3\n") ==
          expected);
    CHECK(read("301 FBIS3-10082 1\n301 FBIS3-10169 0\n302 a -2\n302 a 3\n") == expected);
    CHECK(read("").empty());
    CHECK(read("\n \n").empty());
    CHECK(read("1 0 d 2147483647\n1 0 e -2147483648")[1].grade == INT32_MIN);
}

TEST_CASE("lines that are no judgements are refused with their number")
{
    const std::string good = "1 0 d 1\n\n";
    for (const std::string grade :
         {"1.0", "x", "1x", "2147483648", "-2147483649", "99999999999999999999", "--1", "+-1", "+", "nan"}) {
        INFO(grade);
        CHECK(refused(good + "1 0 e " + grade) ==
              "mohs::read_qrels: line 3: the grade is '" + grade + "', but must be an integer of 32 bits");
    }
    CHECK(refused(good + "1 0 e") == "mohs::read_qrels: line 3: 3 fields, but must be 4");
    CHECK(refused(good + "1 0 e 1 1") == "mohs::read_qrels: line 3: 5 fields, but must be 4");
    CHECK(refused("1 2") ==
          "mohs::read_qrels: line 1: 2 fields, but must be 4, as query, iteration, document and grade");
    CHECK(refused("1 2 3 4 5") ==
          "mohs::read_qrels: line 1: 5 fields, but must be 4, as query, iteration, document and grade");
    CHECK(refused("q d s\nq d x") == "mohs::read_qrels: line 2: the grade is 'x', but must be an integer of 32 bits");
    CHECK(contains(refused("1 Q0 d 1 0.5 tag extra more"), "more fields"));
    CHECK(contains(refused(good + "1 0 \xff 1"), "line 3: not UTF-8"));
    CHECK(contains(refused(good + std::string("1 0 \0 1", 7)), "line 3: not UTF-8"));
    std::istringstream failed("1 0 d 1");
    failed.setstate(std::ios::failbit);
    CHECK_THROWS_AS(mohs::read_qrels(failed), std::runtime_error);
}

TEST_CASE("judgements become lists of rows with grades")
{
    const IdIndex queries({"q0", "q1", "q2"}), documents({"a", "b", "c", "d"});
    const Judgements judgements{{"q2", "d", 2}, {"q0", "b", 0}, {"q2", "a", 1},
                                {"q0", "a", 3}, {"q2", "d", 2}, {"q2", "c", -1}};
    const GradedLists lists = mohs::graded_lists(judgements, queries, documents);
    CHECK(lists == GradedLists{.offsets = {0, 2, 2, 5}, .rows = {0, 1, 0, 2, 3}, .grades = {3, 0, 1, -1, 2}});
    CHECK(lists.positives() == mohs::PositiveLists{.offsets = {0, 1, 1, 3}, .rows = {0, 0, 3}});
    CHECK(lists.positives(2) == mohs::PositiveLists{.offsets = {0, 1, 1, 2}, .rows = {0, 3}});
    CHECK(lists.queries() == 3);

    const auto message = [&](const Judgements& wrong) {
        return thrown_by<std::runtime_error>([&] { (void)mohs::graded_lists(wrong, queries, documents); });
    };
    CHECK(message({{"q3", "a", 1}}) == "mohs::graded_lists: the query 'q3' is no known id");
    CHECK(message({{"q1", "e", 1}}) == "mohs::graded_lists: the document 'e' is no known id");
    CHECK(message({{"q1", "a", 1}, {"q1", "a", 2}}) ==
          "mohs::graded_lists: query 'q1' and document 'a' have two grades");
    CHECK(mohs::graded_lists(Judgements{{"q3", "a", 1}, {"q1", "e", 1}, {"q1", "c", 1}}, queries, documents,
                             mohs::UnknownIds::pass_over) ==
          GradedLists{.offsets = {0, 0, 1, 1}, .rows = {2}, .grades = {1}});
}

TEST_CASE("runs are written by rank")
{
    const MinedRecord record{.query = 4, .positives = {{7, 0.9}}, .negatives = {{1, 0.25}, {8, 0.5}, {3, 0.25}}};
    CHECK(run_of(record) == "4 Q0 8 1 0.5 mohs\n4 Q0 1 2 0.25 mohs\n4 Q0 3 3 0.25 mohs\n");
    RecordNames names;
    names.query_id = [](mohs::Index row) { return "q" + std::to_string(row); };
    names.document_id = [](mohs::Index row) { return "d" + std::to_string(row); };
    CHECK(run_of(record, names, "run-1") == "q4 Q0 d8 1 0.5 run-1\nq4 Q0 d1 2 0.25 run-1\nq4 Q0 d3 3 0.25 run-1\n");
    CHECK(run_of({.query = 1, .positives = {}, .negatives = {}}).empty());

    for (const std::string bad : {"", "a b", "a\tb", "a\n", "\r"}) {
        names.document_id = [&](mohs::Index) { return bad; };
        CHECK_THROWS_AS(run_of(record, names), std::invalid_argument);
        CHECK_THROWS_AS(run_of(record, {}, bad), std::invalid_argument);
    }

    const ScratchFolder folder;
    const std::vector<MinedRecord> records{record, record};
    mohs::save_trec_run(records, folder / "run");
    CHECK(content_of(folder / "run") == run_of(record) + run_of(record));
    std::ostringstream stream;
    mohs::write_trec_run(records, stream);
    CHECK(stream.str() == content_of(folder / "run"));
    stream.setstate(std::ios::badbit);
    CHECK_THROWS_AS(mohs::write_trec_run(records, stream), std::runtime_error);
}

TEST_CASE("a score that is not finite has no place in a run", "[ieee]")
{
    for (const double score : {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
        CHECK_THROWS_AS(run_of({.query = 1, .positives = {}, .negatives = {{2, score}}}), std::invalid_argument);
    }
}

TEST_CASE("numbers are written so that they are read again")
{
    std::mt19937_64 random(5);
    for (int i = 0; i < 2000; ++i) {
        const double number = std::ldexp(static_cast<double>(random()) - 9e18, static_cast<int>(random() % 200) - 150);
        std::istringstream stream(mohs::detail::number_text(number));
        double read = 0;
        stream >> read;
        CHECK(read == number);
    }
    CHECK(mohs::detail::number_text(0.1f) != "0.1");
    CHECK(mohs::detail::number_text(-2) == "-2");
}
