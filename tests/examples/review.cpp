// The program of examples/review: samples, verdicts and what is on the page. tests/browser looks at the page itself.

#include "../../examples/review/page.hpp"
#include "../../examples/review/samples.hpp"
#include "../../examples/review/verdicts.hpp"
#include "catch.hpp"
#include "io/scratch_folder.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

#include "../../examples/review/page.cpp"
#include "../../examples/review/samples.cpp"
#include "../../examples/review/verdicts.cpp"

namespace {

using mohs::Answer;
using mohs::ReviewQueue;
using mohs::ReviewRecord;
using mohs::ReviewSubject;
using mohs::Suspicion;
using mohs::Verdicts;

void write(const std::filesystem::path& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

/// What is said of samples that are refused.
std::string refused(const std::filesystem::path& path, const std::string& text)
{
    write(path, text);
    try {
        (void)review::read_samples(path);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "they were read";
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

void say(Verdicts& verdicts, const ReviewSubject& subject, Answer answer, const std::string& annotator)
{
    verdicts.add({.record = subject.id(), .answer = answer, .annotator = annotator, .subject = subject});
}

ReviewQueue labels(std::int64_t count)
{
    ReviewQueue queue;
    for (std::int64_t anchor = 0; anchor < count; ++anchor) {
        queue.add(ReviewRecord{Suspicion::label, {anchor, {}}, {}, 0, {{"judge", static_cast<double>(-anchor)}}});
    }
    return queue;
}

/// The JSON that the script of a page reads.
nlohmann::json content_of_page(const std::string& html)
{
    const std::string before = "id=\"queue\">";
    const std::size_t begin = html.find(before) + before.size();
    return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

}

TEST_CASE("bytes become data URLs in base64 by the vectors of RFC 4648")
{
    const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        CHECK(review::data_url("image/png", bytes) == "data:image/png;base64," + text);
    }
    CHECK(review::data_url("a/b", std::string("\xFF\xFE\xFD\0\x10\x83", 6)) == "data:a/b;base64,//79ABCD");
}

TEST_CASE("samples are read with texts, labels and images")
{
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "images");
    write(folder / "images/a.PNG", "foobar");
    write(folder / "b.svg", "foo");
    write(folder / "samples.jsonl",
          "{\"id\":3,\"text\":\"where?\",\"label\":\"travel\",\"other\":[1]}\r\n\n"
          "{\"id\":\"9007199254740993\",\"image\":\"images/a.PNG\",\"label\":7}\n"
          "{\"id\":-1,\"image\":\"./b.svg\",\"text\":null}");
    const review::Samples samples = review::read_samples(folder / "samples.jsonl");
    REQUIRE(samples.size() == 3);
    CHECK(samples.at(3).text == "where?");
    CHECK(samples.at(3).label == "travel");
    CHECK(samples.at(3).image.empty());
    CHECK(samples.at(9007199254740993).label == "7");
    CHECK(samples.at(9007199254740993).image == "data:image/png;base64,Zm9vYmFy");
    CHECK(samples.at(-1).image == "data:image/svg+xml;base64,Zm9v");
    CHECK(samples.at(-1).text.empty());
}

TEST_CASE("samples that are none are refused with the line")
{
    const ScratchFolder folder;
    const std::filesystem::path path = folder / "samples.jsonl";
    const auto check = [&](const std::string& line, const std::string& reason) {
        const std::string message = refused(path, "{\"id\":1}\n" + line);
        INFO(message);
        CHECK(contains(message, "samples.jsonl: line 2: "));
        CHECK(contains(message, reason));
    };
    check("{", "not JSON");
    check("[]", "no JSON object");
    check("{\"text\":\"a\"}", "no field id");
    for (const char* id : {"1.5", "\"a\"", "\"\"", "9223372036854775808", "true", "null", "[1]"}) {
        check("{\"id\":" + std::string(id) + "}", "id must be an integer of 64 bits");
    }
    check("{\"id\":1}", "sample 1 is there twice");
    check("{\"id\":2,\"text\":[]}", "text must be a string");
    check("{\"id\":2,\"image\":1}", "image must be a string");
    check("{\"id\":2,\"image\":\"a.exe\"}", "of no known type");
    check("{\"id\":2,\"image\":\"missing.png\"}", "cannot be read");
    check("{\"id\":2,\"text\":\"\xFF\"}", "not JSON");
    CHECK_THROWS_AS(review::read_samples(folder / "missing.jsonl"), std::runtime_error);
}

TEST_CASE("no image from outside the folder of the samples becomes part of a page")
{
    const ScratchFolder folder;
    std::filesystem::create_directories(folder / "inner/deep");
    write(folder / "secret.png", "secret");
    write(folder / "inner/deep/fine.png", "foo");
    const std::filesystem::path path = folder / "inner/samples.jsonl";
    for (const std::string& image :
         {std::string("../secret.png"), std::string("deep/../../secret.png"), (folder / "secret.png").string(),
          std::string("/etc/secret.png"), std::string("..")}) {
        INFO(image);
        CHECK(contains(refused(path, nlohmann::json{{"id", 1}, {"image", image}}.dump()),
                       "line 1: the image '" + image + "' is not in the folder of this file or below"));
    }
    CHECK(refused(path, "{\"id\":1,\"image\":\"deep/fine.png\"}") == "they were read");
}

TEST_CASE("a summary counts what verdicts decide and names the agreement of several annotators")
{
    const ReviewQueue queue = labels(4);
    Verdicts verdicts;
    say(verdicts, {0, {}}, Answer::positive, "anna");
    say(verdicts, {1, {}}, Answer::negative, "anna");
    CHECK(review::summary_of(verdicts, queue) == "verdicts: 2\nrecords: 2\npositive: 1\nnegative: 1\nundecided: 2\n");
    say(verdicts, {0, {}}, Answer::positive, "ben");
    const std::string same = review::summary_of(verdicts, queue);
    CHECK(contains(same, "agreement (Krippendorff's alpha, nominal): none to tell"));
    say(verdicts, {1, {}}, Answer::negative, "ben");
    CHECK(contains(review::summary_of(verdicts, queue),
                   "agreement (Krippendorff's alpha, nominal): 1, of 2 annotators on 2 records\n"));
    // Two of three units differ: 1 - (6 - 1) * 4 / (2 * 4 * 2), as of "110" and "101".
    Verdicts apart;
    say(apart, {0, {}}, Answer::positive, "anna");
    say(apart, {1, {}}, Answer::positive, "anna");
    say(apart, {2, {}}, Answer::negative, "anna");
    say(apart, {0, {}}, Answer::positive, "ben");
    say(apart, {1, {}}, Answer::negative, "ben");
    say(apart, {2, {}}, Answer::positive, "ben");
    CHECK(contains(review::summary_of(apart, queue), "): -0.25, of 2 annotators on 3 records\n"));
}

TEST_CASE("who is named is asked nothing twice, others are asked what is open")
{
    const ReviewQueue queue = labels(4);
    Verdicts verdicts;
    say(verdicts, {0, {}}, Answer::positive, "anna");
    say(verdicts, {1, {}}, Answer::skip, "anna");
    say(verdicts, {2, {}}, Answer::positive, "anna");
    say(verdicts, {2, {}}, Answer::negative, "ben");
    CHECK(review::open_records(queue, verdicts, "").size() == 3);
    CHECK(review::open_records(queue, verdicts, "anna").size() == 1);
    CHECK(review::open_records(queue, verdicts, "ben").size() == 2);
}

TEST_CASE("verdicts of a page with what is open are of the whole queue")
{
    const ReviewQueue queue = labels(3);
    Verdicts verdicts;
    say(verdicts, {0, {}}, Answer::positive, "anna");
    const ReviewQueue open = review::open_records(queue, verdicts, "anna");
    const nlohmann::json page = content_of_page(review::to_html(open, {}, {.queue = queue.id()}));
    CHECK(page["queue"] == queue.id().text());
    CHECK(page["page"] == open.id().text());
    CHECK(page["records"].size() == 2);
    // As the page writes it.
    verdicts.add({.record = mohs::ReviewId::parse(page["records"][0]["record"].get<std::string>()).value(),
                  .answer = Answer::negative,
                  .annotator = "anna",
                  .queue = mohs::ReviewId::parse(page["queue"].get<std::string>())});
    CHECK(verdicts.report(queue).of_other_queues == 0);
    CHECK(!contains(review::summary_of(verdicts, queue), "of_other_queues"));
    CHECK(content_of_page(review::to_html(open, {}, {}))["queue"] == open.id().text());
}

TEST_CASE("candidates of ordered pairs are shown by ids of their own")
{
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::positive, {3, 3, true}, 4, 0, {{"consistency", 1}}});
    queue.add(ReviewRecord{Suspicion::negative, {3, 4}, 5, 0, {{"near", 1}}});
    review::Samples queries, passages;
    for (std::int64_t id = 3; id < 6; ++id) {
        queries[id] = {.text = "query " + std::to_string(id), .label = "", .image = ""};
        passages[id] = {.text = "passage " + std::to_string(id), .label = "", .image = ""};
    }
    const nlohmann::json page = content_of_page(review::to_html(queue, queries, {.candidates = &passages}));
    CHECK(page["samples"].size() == 3);
    CHECK(page["samples"]["3"]["text"] == "query 3");
    CHECK(page["candidates"].size() == 2);
    CHECK(page["candidates"]["3"]["text"] == "passage 3");
    CHECK(page["candidates"]["4"]["text"] == "passage 4");
    CHECK(std::count_if(page["records"].begin(), page["records"].end(),
                        [](const nlohmann::json& record) { return record.contains("ordered"); }) == 1);
    const nlohmann::json one = content_of_page(review::to_html(queue, queries, {}));
    CHECK(!one.contains("candidates"));
    CHECK(one["samples"].size() == 3);
}
