#include <mohs/adapter/verdicts_csv.hpp>
// mohs/detail/adapter/csv.hpp

#include "../catch.hpp"
#include "hostile.hpp"

#include <fstream>
#include <random>

namespace {

using mohs::AnnotatorKind;
using mohs::Answer;
using mohs::ReviewId;
using mohs::ReviewSubject;
using mohs::Verdict;

std::string written(const std::vector<Verdict>& verdicts)
{
    std::ostringstream stream;
    mohs::write_verdicts_csv(verdicts, stream);
    return stream.str();
}

std::vector<Verdict> read(const std::string& text)
{
    std::istringstream stream(text);
    return mohs::read_verdicts_csv(stream);
}

std::string refused(const std::string& text)
{
    return refusal_of([](std::istream& stream) { (void)mohs::read_verdicts_csv(stream); }, text);
}

const std::string head = "anchor,verdict,annotator,annotator_kind\n1,skip,a,person\n";

void check_refused(const std::string& line, const std::string& reason)
{
    const std::string message = refused(head + line);
    INFO(line.substr(0, 200));
    INFO(message);
    CHECK(message.starts_with("mohs::read_verdicts_csv: line 3: "));
    CHECK(contains(message, reason));
}

}

TEST_CASE("verdicts in CSV are read as they were written")
{
    const std::vector<Verdict> verdicts{
        {.record = ReviewSubject{3, 5}.id(),
         .answer = Answer::negative,
         .annotator = "anna",
         .time = mohs::ReviewTime{std::chrono::seconds{1'772'366'400}},
         .subject = ReviewSubject{3, 5},
         .queue = ReviewId{0x0f3c5b1d2e4a6978U}},
        {.record = ReviewSubject{-4, {}}.id(),
         .answer = Answer::positive,
         .annotator = "Smith, \"Jo\"\r\n\xD7\x9E\"",
         .annotator_kind = AnnotatorKind::model,
         .time = mohs::ReviewTime{std::chrono::microseconds{-1}},
         .subject = ReviewSubject{-4, {}}},
        {.record = ReviewId{1}, .annotator = std::string(1 << 20, '\n')},
        {.record = ReviewSubject{3, 3, true}.id(), .annotator = "a", .subject = ReviewSubject{3, 3, true}},
        {.record = ReviewId{2}, .annotator = "\""},
        {.record = ReviewId{3}, .annotator = ","},
        {.record = ReviewId{4}, .annotator = "\r"},
        {.record = ReviewId{5}, .annotator = " a "}};
    const std::string text = written(verdicts);
    CHECK(text.starts_with("record,verdict,annotator,annotator_kind,time,anchor,candidate,queue,ordered\r\n" +
                           ReviewSubject{3, 5}.id().text() +
                           ",negative,anna,person,2026-03-01T12:00:00Z,3,5,0f3c5b1d2e4a6978,\r\n"));
    const std::vector<Verdict> again = read(text);
    REQUIRE(again.size() == verdicts.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
        INFO(i);
        CHECK(again[i] == verdicts[i]);
    }
    CHECK(read(written({})).empty());
}

TEST_CASE("no name is a formula in a spreadsheet, and every name is read as it was")
{
    for (const std::string name : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''", "''a", "'''",
                                   "'", "'t Hooft", "=\",\"", "a=b", "'\t", "=", "-"}) {
        CAPTURE(name);
        const std::vector<Verdict> verdicts{
            {.record = ReviewSubject{-4, -5}.id(), .annotator = name, .subject = ReviewSubject{-4, -5}}};
        const std::string text = written(verdicts), line = text.substr(text.find('\n') + 1);
        const std::string field = line.substr(line.find("skip,") + 5);
        const std::size_t begin = field[0] == '"' ? 1 : 0;
        CHECK(std::string("=+-@\t\r\n").find(field[begin]) == std::string::npos);
        CHECK(contains(line, ",-4,-5,"));
        CHECK(read(text) == verdicts);
    }
    CHECK(contains(written({{.record = ReviewId{1}, .annotator = "'t Hooft"}}), ",'t Hooft,"));
}

TEST_CASE("what no reader takes is not written")
{
    const auto at = [](mohs::ReviewTime time) {
        return Verdict{.record = ReviewId{1}, .annotator = "a", .time = time};
    };
    const std::chrono::microseconds one{1};
    for (const Verdict& bad :
         {Verdict{.record = ReviewId{1}}, Verdict{.record = ReviewId{1}, .annotator = "\xFF"},
          at(mohs::earliest_review_time - one), at(mohs::latest_review_time + one),
          Verdict{.record = ReviewSubject{3, 3}.id(), .annotator = "a", .subject = ReviewSubject{3, 3}},
          Verdict{.record = ReviewId{1}, .annotator = "a", .subject = ReviewSubject{3, 4}}}) {
        std::ostringstream stream;
        const std::vector<Verdict> verdicts{at({}), bad};
        CHECK_THROWS_AS(mohs::write_verdicts_csv(verdicts, stream), std::invalid_argument);
        CHECK(stream.str().empty());
    }
    for (const mohs::ReviewTime time : {mohs::earliest_review_time, mohs::latest_review_time}) {
        CHECK(read(written({at(time)})) == std::vector<Verdict>{at(time)});
    }
}

TEST_CASE("columns may come in any order, with others between, and fields may be left out")
{
    const auto verdicts = read(
        "\xEF\xBB\xBF"
        "note,annotator_kind,annotator,verdict,time,candidate,anchor\n"
        "\"a \"\"b\"\", c\nd\",model,gpt,positive,1.5,2,3\r\n"
        "\r\n"
        ",person,\"a\",skip,2000-02-29T12:00:00Z,,3");
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].subject == ReviewSubject{3, 2});
    CHECK(verdicts[0].record == ReviewSubject{2, 3}.id());
    CHECK(verdicts[0].time == mohs::ReviewTime{std::chrono::milliseconds{1500}});
    CHECK(verdicts[0].annotator_kind == AnnotatorKind::model);
    CHECK(verdicts[1].subject == ReviewSubject{3, {}});
    CHECK(verdicts[1].time == mohs::ReviewTime{std::chrono::seconds{951'825'600}});
    CHECK(read("record,verdict,annotator,annotator_kind\n00000000000000ff,skip,a,person\n")[0].record == ReviewId{255});
}

TEST_CASE("hostile CSV is refused with the line")
{
    check_refused("1,skip,a", "3 fields, but 4 columns");
    check_refused("1,skip,a,person,", "5 fields, but 4 columns");
    check_refused("1,skip,\"a,person", "a quoted field does not end");
    check_refused("1,skip,\"a\"b,person", "text after the quote");
    check_refused("1,skip,a\"b,person", "a quote inside");
    check_refused("1,skip,\xFF,person", "field 3 is not UTF-8");
    check_refused("1,skip,\xC0\xAF,person", "field 3 is not UTF-8");
    check_refused("1,skip,\xED\xA0\x80,person", "field 3 is not UTF-8");
    check_refused("1,skip,\xF4\x90\x80\x80,person", "field 3 is not UTF-8");
    check_refused("1,skip,\xE2\x82,person", "field 3 is not UTF-8");
    check_refused("1,Skip,a,person", "verdict is 'Skip', but must be positive, negative or skip");
    check_refused("1,skip,,person", "annotator is empty");
    check_refused("1,skip,a,", "must be person or model");
    check_refused(",skip,a,person", "neither a field record nor a field anchor");
    check_refused("1e3,skip,a,person", "integer of 64 bits");
    check_refused("9223372036854775808,skip,a,person", "integer of 64 bits");
    check_refused(std::string(1 << 20, '9') + ",skip,a,person", "integer of 64 bits");
    CHECK(contains(refused(""), "line 1: there is no line with the names of the columns"));
    CHECK(contains(refused("record,annotator,annotator_kind\n"), "line 1: there is no column verdict"));
    CHECK(contains(refused("record,verdict,verdict,annotator,annotator_kind\n"),
                   "line 1: the column 'verdict' is there twice"));
    CHECK(contains(refused("record,verdict,annotator,annotator_kind\n1.23E+15,skip,a,person"),
                   "line 2: the field record is '1.23E+15'"));
    CHECK(contains(refused("anchor,verdict,annotator,annotator_kind,time\n1,skip,a,person,now"),
                   "line 2: the field time is 'now'"));
    CHECK(contains(refused("anchor,verdict,annotator,annotator_kind,time\n1,skip,a,person,1e99"),
                   "line 2: the field time is no number of seconds"));
    CHECK(contains(refused("anchor,candidate,ordered,verdict,annotator,annotator_kind\n1,1,yes,skip,a,person"),
                   "line 2: the field ordered is 'yes', but must be true or false"));
    CHECK(contains(refused("anchor,candidate,ordered,verdict,annotator,annotator_kind\n1,1,FALSE,skip,a,person"),
                   "line 2: anchor and candidate are one sample, 1"));
    std::ifstream missing("there is no such file");
    CHECK_THROWS_AS(mohs::read_verdicts_csv(missing), std::runtime_error);
    // The line in which the record begins.
    CHECK(contains(refused("anchor,verdict,annotator,annotator_kind\n1,skip,\"a\nb\nc\",person\n1,\n"),
                   "line 5: 2 fields"));
}

TEST_CASE("no truncation and no changed byte makes the CSV reader do anything but read or refuse")
{
    const std::string text = written({{.record = ReviewSubject{3, 5}.id(),
                                       .answer = Answer::negative,
                                       .annotator = "\xD7\x9E\",\n\"",
                                       .subject = ReviewSubject{3, 5},
                                       .queue = ReviewId{12}}});
    std::mt19937 random(1);
    for (int i = 0; i < 3000; ++i) {
        std::string changed = text.substr(0, text.size() - random() % 3 * (random() % text.size()) / 2);
        if (!changed.empty()) {
            changed[random() % changed.size()] = static_cast<char>(random());
        }
        (void)refused(changed);
    }
}

TEST_CASE("UTF-8 is told from what is none")
{
    using mohs::detail::is_utf8;
    for (const char* good : {"", "abc", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                             "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "a\xE2\x80\xA8z"}) {
        CHECK(is_utf8(good));
    }
    for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xED\xA0\x80",
                            "\xED\xBF\xBF", "\xE2\x82", "\xE2\x82\x41", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
                            "\xF5\x80\x80\x80", "\xFE", "\xFF", "\xF0\x90\x80", "a\xF0\x90\x80\xC0"}) {
        CHECK(!is_utf8(bad));
    }
}
