#include <mohs/adapter/review_json.hpp>
// mohs/detail/adapter/strict_json.hpp, mohs/detail/adapter/review_words.hpp, mohs/detail/io/text_file.hpp

#include "../catch.hpp"
#include "hostile.hpp"

#include <fstream>
#include <limits>
#include <random>

namespace {

using mohs::AnnotatorKind;
using mohs::Answer;
using mohs::ReviewId;
using mohs::ReviewQueue;
using mohs::ReviewRecord;
using mohs::ReviewSubject;
using mohs::Suspicion;
using mohs::Verdict;

std::string written(const ReviewQueue& queue)
{
    std::ostringstream stream;
    mohs::write_queue_jsonl(queue, stream);
    return stream.str();
}

ReviewQueue read_queue(const std::string& text)
{
    std::istringstream stream(text);
    return mohs::read_queue_jsonl(stream);
}

std::string written(const std::vector<Verdict>& verdicts)
{
    std::ostringstream stream;
    mohs::write_verdicts_jsonl(verdicts, stream);
    return stream.str();
}

std::vector<Verdict> read_verdicts(const std::string& text)
{
    std::istringstream stream(text);
    return mohs::read_verdicts_jsonl(stream);
}

std::string refused_queue(const std::string& text)
{
    return refusal_of([](std::istream& stream) { (void)mohs::read_queue_jsonl(stream); }, text);
}

std::string refused_verdicts(const std::string& text)
{
    return refusal_of([](std::istream& stream) { (void)mohs::read_verdicts_jsonl(stream); }, text);
}

const std::string good_record = R"({"kind":"label","anchor":1,"reasons":[{"name":"judge","score":1}]})";
const std::string good_verdict = R"({"anchor":1,"verdict":"skip","annotator":"a","annotator_kind":"person"})";

/// A line that is refused in the third line after two that are not.
void check_queue(const std::string& line, const std::string& reason)
{
    const std::string message = refused_queue(good_record + "\n\n" + line + "\n");
    INFO(line.substr(0, 200));
    INFO(message);
    CHECK(message.starts_with("mohs::read_queue_jsonl: line 3: "));
    CHECK(contains(message, reason));
}

void check_verdict(const std::string& line, const std::string& reason)
{
    const std::string message = refused_verdicts(good_verdict + "\n\n" + line + "\n");
    INFO(line.substr(0, 200));
    INFO(message);
    CHECK(message.starts_with("mohs::read_verdicts_jsonl: line 3: "));
    CHECK(contains(message, reason));
}

}

TEST_CASE("a queue is a line per record, the most suspicious first")
{
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::label, {7, {}}, {}, 0, {{"judge", 0.25}}});
    queue.add(ReviewRecord{Suspicion::negative, {3, 5}, 8, 0, {{"twin", 0.5}, {"guide", -1}}});
    const std::string pair = ReviewSubject{3, 5}.id().text(), label = ReviewSubject{7, {}}.id().text();
    CHECK(
        written(queue) ==
        "{\"record\":\"" + pair +
            "\",\"kind\":\"negative\",\"anchor\":3,\"candidate\":5,\"positive\":8,\"score\":0.5,\"reasons\":[{\"name\":"
            "\"guide\",\"score\":-1.0},{\"name\":\"twin\",\"score\":0.5}]}\n{\"record\":\"" +
            label +
            "\",\"kind\":\"label\",\"anchor\":7,\"score\":0.25,\"reasons\":[{\"name\":\"judge\",\"score\":0.25}]}\n");
    CHECK(written(ReviewQueue{}).empty());
    CHECK(read_queue("").empty());
}

TEST_CASE("ordered pairs are told from others in queues and verdicts, and may be of equal ids")
{
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::positive, {3, 3, true}, 3, 0, {{"consistency", 1}}});
    queue.add(ReviewRecord{Suspicion::negative, {3, 5, true}, {}, 0, {{"near", 0.5}}});
    queue.add(ReviewRecord{Suspicion::negative, {3, 5}, {}, 0, {{"near", 0.25}}});
    CHECK(contains(written(queue), "\"anchor\":3,\"candidate\":3,\"ordered\":true,\"positive\":3,"));
    const ReviewQueue again = read_queue(written(queue));
    CHECK(again.id() == queue.id());
    CHECK(written(again) == written(queue));
    std::vector<Verdict> verdicts;
    for (const ReviewRecord& record : queue.ranked()) {
        verdicts.push_back({.record = record.id(), .annotator = "a", .subject = record.subject});
    }
    CHECK(read_verdicts(written(verdicts)) == verdicts);
    check_queue(R"({"kind":"label","anchor":1,"ordered":true,"reasons":[{"name":"a","score":1}]})",
                "ordered is true, but there is no field candidate");
    check_verdict(good_verdict.substr(0, good_verdict.size() - 1) + ",\"candidate\":2,\"ordered\":1}",
                  "ordered must be true or false");
}

TEST_CASE("a queue is read as it was written, bit for bit")
{
    std::mt19937_64 random(7);
    ReviewQueue queue;
    const std::vector<std::string> names{"twin", "\xD7\x9E\xD7\xA9", "</script>", "\"\\\n\xE2\x80\xA8",
                                         std::string(1 << 20, 'x')};
    for (int i = 0; i < 300; ++i) {
        ReviewRecord record;
        record.of = static_cast<Suspicion>(random() % 3);
        record.subject.anchor = static_cast<std::int64_t>(random());
        if (record.of != Suspicion::label) {
            record.subject.candidate = static_cast<std::int64_t>(random());
            record.subject.is_ordered = random() % 2 == 0;
        }
        if (random() % 2 == 0) {
            record.positive = static_cast<std::int64_t>(random());
        }
        const double score = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 600) - 300);
        record.reasons.push_back({names[i == 7 ? 4 : random() % 4], random() % 2 == 0 ? score : -score});
        queue.add(record);
    }
    for (const double score :
         {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min(), -0.0, 0.1}) {
        queue.add(ReviewRecord{Suspicion::label, {static_cast<std::int64_t>(random()), {}}, {}, 0, {{"judge", score}}});
    }
    for (const std::int64_t id : {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        queue.add(ReviewRecord{Suspicion::label, {id, {}}, {}, 0, {{"judge", 1}}});
    }
    const ReviewQueue again = read_queue(written(queue));
    CHECK(again.id() == queue.id());
    CHECK(written(again) == written(queue));
    REQUIRE(again.size() == queue.size());
    for (const ReviewRecord& record : queue.ranked()) {
        const ReviewRecord* other = again.find(record.id());
        REQUIRE(other != nullptr);
        CHECK(*other == record);
    }
}

TEST_CASE("a queue may have fields of others, no ids and scores, ids as strings, and blank lines")
{
    const ReviewQueue queue = read_queue(
        "\r\n{\"text\":{\"anchor\":[{\"anchor\":1},{\"anchor\":1}]},\"kind\":\"positive\",\"anchor\":"
        "\"9007199254740993\",\"candidate\":\"-5\","
        "\"positive\":null,"
        "\"reasons\":[{\"score\":1,\"name\":\"\",\"more\":0}]}\r\n  \n" +
        good_record);
    CHECK(queue.size() == 2);
    const ReviewRecord* pair = queue.find(ReviewSubject{9007199254740993, -5}.id());
    REQUIRE(pair != nullptr);
    CHECK(pair->of == Suspicion::positive);
    CHECK(!pair->positive);
}

TEST_CASE("hostile queues are refused with the line", "[raises]")
{
    check_queue(good_record.substr(0, good_record.size() - 1), "unexpected end of input");
    check_queue("{", "unexpected end");
    check_queue("[]", "no JSON object");
    check_queue("null", "no JSON object");
    check_queue("12", "no JSON object");
    check_queue("}{", "syntax error");
    check_queue(good_record + good_record, "syntax error");
    check_queue("{\"a\":\"\xC3\x28\"}", "UTF-8");
    check_queue("{\"a\":\"\xED\xA0\x80\"}", "UTF-8");
    check_queue(std::string("{\"a\":\"\0\"}", 9), "control character");
    check_queue("{\"a\":\"\\ud800\"}", "surrogate");
    check_queue(R"({"kind":"label","anchor":1,"anchor":2,"reasons":[]})", "'anchor' is there twice");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[{"name":"a","name":"b","score":1}]})",
                "'name' is there twice");
    check_queue("{\"a\":" + std::string(100000, '[') + "}", "nested deeper than 32 levels");
    std::string bomb;
    for (int i = 0; i < 100000; ++i) {
        bomb += "{\"a\":";
    }
    check_queue(bomb, "nested deeper than 32 levels");
    check_queue(R"({"anchor":1,"reasons":[{"name":"a","score":1}]})", "no field kind");
    check_queue(R"({"kind":"labels","anchor":1,"reasons":[{"name":"a","score":1}]})",
                "kind is 'labels', but must be label, negative or positive");
    check_queue(R"({"kind":7,"anchor":1,"reasons":[{"name":"a","score":1}]})", "kind must be a string");
    check_queue(R"({"kind":"label","reasons":[{"name":"a","score":1}]})", "no field anchor");
    check_queue(R"({"kind":"label","candidate":3,"reasons":[{"name":"a","score":1}]})", "no field anchor");
    for (const char* id : {"1.5", "1e3", "true", "[1]", "{}", "9223372036854775808", "-9223372036854775809",
                           "18446744073709551616", "1e400"}) {
        INFO(id);
        CHECK(contains(refused_queue("{\"kind\":\"label\",\"anchor\":" + std::string(id) +
                                     ",\"reasons\":[{\"name\":\"a\",\"score\":1}]}"),
                       std::string(id) == "1e400" ? "number overflow" : "anchor must be an integer of 64 bits"));
    }
    for (const char* id : {"", " 1", "1 ", "0x1", "1.0", "9223372036854775808", "+1"}) {
        INFO(id);
        CHECK(contains(refused_queue("{\"kind\":\"label\",\"anchor\":\"" + std::string(id) +
                                     "\",\"reasons\":[{\"name\":\"a\",\"score\":1}]}"),
                       "but must be an integer of 64 bits"));
    }
    check_queue(R"({"kind":"label","anchor":1,"candidate":2,"reasons":[{"name":"a","score":1}]})", "has a candidate");
    check_queue(R"({"kind":"negative","anchor":1,"reasons":[{"name":"a","score":1}]})", "no candidate");
    check_queue(R"({"kind":"negative","anchor":1,"candidate":1,"reasons":[{"name":"a","score":1}]})", "one sample, 1");
    check_queue(R"({"kind":"label","anchor":1})", "no field reasons");
    check_queue(R"({"kind":"label","anchor":1,"reasons":{}})", "reasons must be a list");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[]})", "has no reason");
    check_queue(R"({"kind":"label","anchor":1,"reasons":["a"]})", "must be an object");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[{"name":"a"}]})", "no field score");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[{"name":"a","score":"1"}]})", "score must be a finite number");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[{"name":"a","score":NaN}]})", "syntax error");
    check_queue(R"({"kind":"label","anchor":1,"reasons":[{"name":"a","score":1e999}]})", "number overflow");
    check_queue(R"({"kind":"label","anchor":1,"score":2,"reasons":[{"name":"a","score":1}]})", "not the largest score");
    check_queue(R"({"record":"0123456789abcdef","kind":"label","anchor":1,"reasons":[{"name":"a","score":1}]})",
                "the label of sample 1 is ");
    check_queue(R"({"record":"123","kind":"label","anchor":1,"reasons":[{"name":"a","score":1}]})",
                "must be 16 hexadecimal digits");
}

TEST_CASE("verdicts are a line each, and are read as they were written")
{
    std::vector<Verdict> verdicts;
    verdicts.push_back({.record = ReviewSubject{3, 5}.id(),
                        .answer = Answer::negative,
                        .annotator = "anna",
                        .time = mohs::ReviewTime{std::chrono::seconds{1'772'366'400}},
                        .subject = ReviewSubject{3, 5},
                        .queue = ReviewId{0x0f3c5b1d2e4a6978U}});
    CHECK(written(verdicts) ==
          "{\"record\":\"" + ReviewSubject{3, 5}.id().text() +
              "\",\"verdict\":\"negative\",\"annotator\":\"anna\",\"annotator_kind\":\"person\",\"time\":"
              "\"2026-03-01T12:00:00Z\",\"anchor\":3,\"candidate\":5,\"queue\":\"0f3c5b1d2e4a6978\"}\n");
    verdicts.push_back({.record = ReviewSubject{-4, {}}.id(),
                        .answer = Answer::positive,
                        .annotator = "</script>\"\\\n\xE2\x80\xA8\xD7\x9E",
                        .annotator_kind = AnnotatorKind::model,
                        .time = mohs::ReviewTime{std::chrono::microseconds{-1}},
                        .subject = ReviewSubject{-4, {}}});
    verdicts.push_back({.record = ReviewId{~std::uint64_t{0}}, .annotator = std::string(1 << 20, 'y')});
    CHECK(read_verdicts(written(verdicts)) == verdicts);
    CHECK(read_verdicts("").empty());
}

TEST_CASE("verdicts may name a record, or what it is about, and times may be seconds")
{
    const auto verdicts = read_verdicts(
        "{\"record\":\"00000000000000FF\",\"verdict\":\"positive\",\"annotator\":\"gpt\",\"annotator_kind\":\"model\","
        "\"time\":"
        "1.5,\"comment\":\"x\"}\n"
        "{\"anchor\":\"3\",\"candidate\":2,\"verdict\":\"skip\",\"annotator\":\"a\",\"annotator_kind\":\"person\","
        "\"time\":"
        "\"2000-02-29T13:00:00+01:00\",\"queue\":null}");
    REQUIRE(verdicts.size() == 2);
    CHECK(verdicts[0].record == ReviewId{255});
    CHECK(!verdicts[0].subject);
    CHECK(verdicts[0].annotator_kind == AnnotatorKind::model);
    CHECK(verdicts[0].time == mohs::ReviewTime{std::chrono::milliseconds{1500}});
    CHECK(verdicts[1].record == ReviewSubject{2, 3}.id());
    CHECK(verdicts[1].subject == ReviewSubject{3, 2});
    CHECK(verdicts[1].time == mohs::ReviewTime{std::chrono::seconds{951'825'600}});
    CHECK(read_verdicts(good_verdict)[0].time == mohs::ReviewTime{});
}

TEST_CASE("hostile verdicts are refused with the line")
{
    const auto with = [](const std::string& field) {
        return good_verdict.substr(0, good_verdict.size() - 1) + "," + field + "}";
    };
    const auto without = [](const std::string& field) {
        const std::size_t at = good_verdict.find("\"" + field + "\"");
        const std::size_t end = std::min(good_verdict.find(',', at), good_verdict.size() - 1);
        std::string result = good_verdict;
        result.replace(at, end - at, "\"left_out\":0");
        return result;
    };
    check_verdict(good_verdict.substr(0, 30), "not JSON: column 31: syntax error");
    check_verdict("{\"a\":\"\xFF\"}", "UTF-8");
    check_verdict(with("\"verdict\":\"positive\""), "'verdict' is there twice");
    check_verdict(with("\"a\":" + std::string(40, '[')), "nested deeper");
    check_verdict(with("\"record\":\"0123456789abcdef\""), "the label of sample 1 is ");
    check_verdict(with("\"record\":12"), "record must be a string");
    check_verdict(with("\"candidate\":1"), "one sample");
    check_verdict(with("\"candidate\":1e30"), "must be an integer");
    check_verdict(with("\"queue\":\"x\""), "16 hexadecimal digits");
    check_verdict(with("\"time\":\"yesterday\""), "time is 'yesterday', but must be a time as");
    check_verdict(with("\"time\":1e17"), "years 1 to 9999");
    check_verdict(with("\"time\":true"), "time must be a string");
    check_verdict(without("anchor"), "neither a field record nor a field anchor");
    check_verdict(without("verdict"), "no field verdict");
    check_verdict(without("annotator"), "no field annotator");
    check_verdict(without("annotator_kind"), "no field annotator_kind");
    check_verdict(R"({"anchor":1,"verdict":"maybe","annotator":"a","annotator_kind":"person"})",
                  "verdict is 'maybe', but must be positive, negative or skip");
    check_verdict(R"({"anchor":1,"verdict":"skip","annotator":"","annotator_kind":"person"})", "annotator is empty");
    check_verdict(R"({"anchor":1,"verdict":"skip","annotator":"a","annotator_kind":"dog"})", "must be person or model");
    check_verdict(R"({"candidate":1,"verdict":"skip","annotator":"a","annotator_kind":"person"})", "no field anchor");
}

TEST_CASE("what cannot be written or read is said")
{
    const std::vector<Verdict> bad{{.record = {1}, .annotator = "\xFF"}};
    CHECK_THROWS_AS(written(bad), std::invalid_argument);
    std::ostringstream closed;
    closed.setstate(std::ios::badbit);
    const std::vector<Verdict> good{{.record = {1}, .annotator = "a"}};
    CHECK_THROWS_AS(mohs::write_verdicts_jsonl(good, closed), std::runtime_error);
    std::istringstream broken("x");
    broken.setstate(std::ios::badbit);
    CHECK_THROWS_AS(mohs::read_verdicts_jsonl(broken), std::runtime_error);
    std::ifstream missing("there is no such file");
    CHECK_THROWS_AS(mohs::read_verdicts_jsonl(missing), std::runtime_error);
    CHECK_THROWS_AS(mohs::read_queue_jsonl(missing), std::runtime_error);
}

TEST_CASE("verdicts that no reader takes are not written")
{
    const auto at = [](mohs::ReviewTime time) {
        return Verdict{.record = ReviewId{1}, .annotator = "a", .time = time};
    };
    const std::chrono::microseconds one{1};
    for (const Verdict& bad :
         {Verdict{.record = ReviewId{1}}, at(mohs::earliest_review_time - one), at(mohs::latest_review_time + one),
          Verdict{.record = ReviewSubject{3, 3}.id(), .annotator = "a", .subject = ReviewSubject{3, 3}}}) {
        std::ostringstream stream;
        const std::vector<Verdict> verdicts{at({}), bad};
        CHECK_THROWS_AS(mohs::write_verdicts_jsonl(verdicts, stream), std::invalid_argument);
        CHECK(stream.str().empty());
    }
    for (const mohs::ReviewTime time : {mohs::earliest_review_time, mohs::latest_review_time}) {
        CHECK(read_verdicts(written(std::vector{at(time)})) == std::vector{at(time)});
    }
}

TEST_CASE("a line without an end does not fill the memory", "[slow]")
{
    struct Endless : std::streambuf {
        std::string block = std::string(1 << 16, '[');
        int underflow() override
        {
            setg(block.data(), block.data(), block.data() + block.size());
            return '[';
        }
    } endless;
    std::istream stream(&endless);
    CHECK_THROWS_AS(mohs::read_queue_jsonl(stream), std::runtime_error);
}

TEST_CASE("no truncation and no changed byte makes a reader do anything but read or refuse")
{
    std::string text = written(std::vector<Verdict>{{.record = ReviewSubject{3, 5}.id(),
                                                     .answer = Answer::negative,
                                                     .annotator = "\xD7\x9E\"",
                                                     .subject = ReviewSubject{3, 5},
                                                     .queue = ReviewId{12}}});
    for (std::size_t length = 1; length + 1 < text.size(); ++length) {
        CHECK(contains(refused_verdicts(text.substr(0, length)), "line 1: "));
    }
    std::mt19937 random(1);
    for (int i = 0; i < 3000; ++i) {
        std::string changed = text;
        changed[random() % changed.size()] = static_cast<char>(random());
        (void)refused_verdicts(changed);
    }
}
