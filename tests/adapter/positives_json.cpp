#include <mohs/adapter/positives_json.hpp>
// Covers result/positive_lists.hpp.

#include "../catch.hpp"
#include "hostile.hpp"

#include <mohs/relation.hpp>

namespace {

using mohs::IdIndex;
using mohs::PositiveLists;

PositiveLists read(const std::string& text, const IdIndex* queries = nullptr, const IdIndex* candidates = nullptr)
{
    std::istringstream stream(text);
    return mohs::read_positives_jsonl(stream, 3, 10, queries, candidates);
}

/// A line that is refused in the third line after two that are not.
void check_refused(const std::string& line, const std::string& reason, const IdIndex* queries = nullptr,
                   const IdIndex* candidates = nullptr)
{
    const std::string message =
        refusal_of([&](std::istream& stream) { (void)mohs::read_positives_jsonl(stream, 3, 10, queries, candidates); },
                   "\n\n" + line + "\n");
    INFO(line.substr(0, 200));
    INFO(message);
    CHECK(message.starts_with("mohs::read_positives_jsonl: line 3: "));
    CHECK(contains(message, reason));
}

}

TEST_CASE("positives are read in any order and each once")
{
    const PositiveLists lists = read(
        "{\"query\": 2, \"positives\": [9, 0, 9]}\n\n"
        "{\"positives\": [4], \"extra\": {\"a\": [1]}, \"query\": 0}\r\n"
        "{\"query\": 2, \"positives\": [3]}\n{\"query\": 0, \"positives\": []}");
    CHECK(lists == PositiveLists{.offsets = {0, 1, 1, 4}, .rows = {4, 0, 3, 9}});
    CHECK(lists.queries() == 3);
    const mohs::Relation relation = mohs::Relation::positive_lists(lists.offsets, lists.rows, 10);
    CHECK(relation.anchors() == 3);
    CHECK(read("") == PositiveLists{.offsets = {0, 0, 0, 0}, .rows = {}});
}

TEST_CASE("positives are read by ids")
{
    const IdIndex queries({"q0", "17", "q2"});
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) {
        names.push_back("d" + std::to_string(i));
    }
    names[5] = "-3";
    const IdIndex documents(std::move(names));
    CHECK(read("{\"query\": 17, \"positives\": [\"d9\", -3]}\n{\"query\": \"q2\", \"positives\": [\"-3\"]}", &queries,
               &documents) == PositiveLists{.offsets = {0, 0, 2, 3}, .rows = {5, 9, 5}});
    CHECK(read("{\"query\": \"q2\", \"positives\": [7]}", &queries) ==
          PositiveLists{.offsets = {0, 0, 0, 1}, .rows = {7}});
    check_refused(R"({"query": "q9", "positives": []})", "the query 'q9' is no known id", &queries, &documents);
    check_refused(R"({"query": 0, "positives": []})", "the query '0' is no known id", &queries, &documents);
    check_refused(R"({"query": "q0", "positives": ["d10"]})", "the positive 'd10' is no known id", &queries,
                  &documents);
    check_refused(R"({"query": 17.0, "positives": []})", "a query must be an id", &queries, &documents);
    CHECK_THROWS_AS(read("", &documents), std::invalid_argument);
    CHECK_THROWS_AS(read("", &queries, &queries), std::invalid_argument);
}

TEST_CASE("lines that are no positives are refused with their number")
{
    check_refused(R"({"query": 3, "positives": [1]})", "the query 3 is not a row: there are 3");
    check_refused(R"({"query": -1, "positives": [1]})", "a query must be the number of a row");
    check_refused(R"({"query": 0, "positives": [10]})", "the positive 10 is not a row: there are 10");
    check_refused(R"({"query": 0, "positives": [-1]})", "a positive must be the number of a row");
    check_refused(R"({"query": 0, "positives": [18446744073709551615]})", "is not a row");
    check_refused(R"({"query": 0, "positives": [18446744073709551616]})", "a positive must be the number of a row");
    check_refused(R"({"query": 0, "positives": [1.0]})", "a positive must be the number of a row");
    check_refused(R"({"query": 0, "positives": ["1"]})", "ids need files that list them");
    check_refused(R"({"query": 0, "positives": [null]})", "a positive must be the number of a row");
    check_refused(R"({"query": 0, "positives": 1})", "the field positives must be a list");
    check_refused(R"({"query": 0})", "there is no field positives");
    check_refused(R"({"positives": [1]})", "there is no field query");
    check_refused(R"({"query": null, "positives": [1]})", "there is no field query");
    check_refused(R"({"query": 0, "query": 1, "positives": [1]})", "there twice");
    check_refused(R"({"query": 0, "positives": [NaN]})", "not JSON");
    check_refused(R"({"query": 0, "positives": [1)", "not JSON");
    check_refused("[0, 1]", "no JSON object");
    check_refused("{\"query\": 0, \"positives\": [\"\xff\"]}", "not JSON");
    check_refused("{\"query\": 0, \"positives\": " + std::string(40, '[') + std::string(40, ']') + "}",
                  "nested deeper");
}
