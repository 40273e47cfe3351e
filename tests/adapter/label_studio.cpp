#include <mohs/adapter/label_studio.hpp>
// mohs/detail/adapter/label_studio_annotation.hpp, mohs/detail/adapter/line_counter.hpp

#include "../catch.hpp"
#include "hostile.hpp"

#include <fstream>

namespace {

using mohs::Answer;
using mohs::ReviewQueue;
using mohs::ReviewRecord;
using mohs::ReviewSubject;
using mohs::Suspicion;
using mohs::Verdict;
using nlohmann::json;

ReviewQueue example()
{
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::label, {7, {}}, {}, 0, {{"judge", 0.25}}});
    queue.add(ReviewRecord{Suspicion::negative, {9007199254740993, 5}, 8, 0, {{"twin", 0.5}, {"guide", 0.125}}});
    queue.add(ReviewRecord{Suspicion::positive, {1, 2}, {}, 0, {{"consistency", 0.375}}});
    return queue;
}

std::string tasks_of(const ReviewQueue& queue)
{
    std::ostringstream stream;
    mohs::write_label_studio(queue, stream, [](std::int64_t id) { return "</script> \"" + std::to_string(id) + "\""; });
    return stream.str();
}

std::vector<Verdict> read(const std::string& text)
{
    std::istringstream stream(text);
    return mohs::read_label_studio(stream);
}

std::string refused(const std::string& text)
{
    return refusal_of([](std::istream& stream) { (void)mohs::read_label_studio(stream); }, text);
}

/// An annotation as Label Studio exports it.
json annotation(const json& result)
{
    return {{"id", 1001},
            {"completed_by", 10},
            {"result", result},
            {"was_cancelled", false},
            {"ground_truth", false},
            {"created_at", "2021-03-09T22:16:08.728353Z"},
            {"updated_at", "2021-03-09T22:16:09.000000Z"},
            {"lead_time", 4.288},
            {"result_count", 0},
            {"task", 1}};
}

json choice(const std::string& name)
{
    return {{"id", "Dx_aB91ISN"}, {"from_name", "verdict"}, {"to_name", "anchor"},
            {"type", "choices"},  {"origin", "manual"},     {"value", {{"choices", json::array({name})}}}};
}

/// Tasks as they come back: with what Label Studio adds, and annotations.
json exported(const std::vector<json>& annotations)
{
    json tasks = json::parse(tasks_of(example()));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        tasks[i]["id"] = i + 1;
        tasks[i]["created_at"] = "2021-03-09T21:52:49.513742Z";
        tasks[i]["project"] = 83;
        tasks[i]["drafts"] = json::array();
        tasks[i]["annotations"] = i < annotations.size() ? annotations[i] : json::array();
    }
    return tasks;
}

}

TEST_CASE("a queue becomes tasks with data and a prediction that has a score")
{
    const json tasks = json::parse(tasks_of(example()));
    REQUIRE(tasks.size() == 3);
    const std::string record = ReviewSubject{5, 9007199254740993}.id().text();
    const json expected{
        {"record", record},
        {"queue", example().id().text()},
        {"kind", "negative"},
        {"question", "Do anchor and candidate belong together?"},
        {"anchor_id", "9007199254740993"},
        {"anchor", "</script> \"9007199254740993\""},
        {"positive", "</script> \"8\""},
        {"candidate", "</script> \"5\""},
        {"candidate_id", "5"},
        {"positive_id", "8"},
        {"reasons", json::array({json{{"name", "guide"}, {"score", 0.125}}, json{{"name", "twin"}, {"score", 0.5}}})}};
    CHECK(tasks[0]["data"] == expected);
    REQUIRE(tasks[0]["predictions"].is_array());
    const json& prediction = tasks[0]["predictions"][0];
    CHECK(prediction["score"] == 0.5);
    CHECK(prediction["model_version"] == "mohs");
    REQUIRE(prediction["result"].is_array());
    CHECK(prediction["result"][0] == json{{"id", record},
                                          {"from_name", "verdict"},
                                          {"to_name", "anchor"},
                                          {"type", "choices"},
                                          {"value", {{"choices", json::array({"positive"})}}}});
    CHECK(tasks[1]["predictions"][0]["result"][0]["value"]["choices"] == json::array({"negative"}));
    CHECK(tasks[2]["predictions"][0]["result"][0]["value"]["choices"] == json::array({"negative"}));
    CHECK(tasks[2]["data"]["question"] == "Is the label of the anchor right?");
    CHECK(json::parse(tasks_of(ReviewQueue{})) == json::array());
}

TEST_CASE("contents of ordered pairs are asked for by side, and their verdicts come back")
{
    ReviewQueue queue;
    const ReviewSubject ordered{3, 3, true};
    queue.add(ReviewRecord{Suspicion::positive, ordered, 4, 0, {{"consistency", 1}}});
    std::ostringstream stream;
    mohs::write_label_studio(queue, stream, [](std::int64_t id, bool of_candidate) {
        return (of_candidate ? "passage " : "query ") + std::to_string(id);
    });
    json tasks = json::parse(stream.str());
    const json& data = tasks[0]["data"];
    CHECK(data["anchor"] == "query 3");
    CHECK(data["positive"] == "passage 4");
    CHECK(data["candidate"] == "passage 3");
    CHECK(data["ordered"] == true);
    tasks[0]["annotations"] = json::array({annotation(json::array({choice("negative")}))});
    const auto verdicts = read(tasks.dump());
    REQUIRE(verdicts.size() == 1);
    CHECK(verdicts[0].subject == ordered);
}

TEST_CASE("the interface has what tasks and predictions name")
{
    for (const auto content : {mohs::LabelStudioContent::text, mohs::LabelStudioContent::image}) {
        const std::string text = mohs::label_studio_interface(content);
        for (const char* part :
             {"value=\"$question\"", "value=\"$anchor\"", "value=\"$positive\"", "value=\"$candidate\"",
              "<Choices name=\"verdict\" toName=\"anchor\"", "<Choice value=\"positive\"/>",
              "<Choice value=\"negative\"/>", "<Choice value=\"skip\"/>"}) {
            CHECK(contains(text, part));
        }
        CHECK(contains(text,
                       content == mohs::LabelStudioContent::text ? "<Text name=\"anchor\"" : "<Image name=\"anchor\""));
    }
}

TEST_CASE("annotations come back as verdicts of persons")
{
    json cancelled = annotation(json::array({choice("positive")}));
    cancelled["was_cancelled"] = true;
    cancelled["completed_by"] = {{"id", 3}, {"email", "jo@example.org"}};
    json unnamed = annotation(json::array({choice("negative")}));
    unnamed["completed_by"] = {{"id", 4}};
    unnamed.erase("updated_at");
    json beside = annotation(json::array(
        {json{{"from_name", "comment"}, {"value", {{"text", "x"}}}}, json{{"type", "relation"}}, choice("skip")}));
    beside["completed_by"] = "max";
    const json tasks = exported({json::array({annotation(json::array({choice("positive")})), cancelled}),
                                 json::array({unnamed, beside, annotation(json::array())})});
    for (const std::string& text : {tasks.dump(), tasks.dump(2)}) {
        const auto verdicts = read(text);
        REQUIRE(verdicts.size() == 5);
        const ReviewSubject first{9007199254740993, 5}, second{1, 2};
        const auto at = [](std::int64_t micros) { return mohs::ReviewTime{std::chrono::microseconds{micros}}; };
        const mohs::ReviewTime updated = at(1'615'328'169'000'000);
        const auto queue = example().id();
        CHECK(verdicts[0] ==
              Verdict{first.id(), Answer::positive, "10", mohs::AnnotatorKind::person, updated, first, queue});
        CHECK(verdicts[1] ==
              Verdict{first.id(), Answer::skip, "jo@example.org", mohs::AnnotatorKind::person, updated, first, queue});
        CHECK(verdicts[2] == Verdict{second.id(), Answer::negative, "4", mohs::AnnotatorKind::person,
                                     at(1'615'328'168'728'353), second, queue});
        CHECK(verdicts[3] ==
              Verdict{second.id(), Answer::skip, "max", mohs::AnnotatorKind::person, updated, second, queue});
        CHECK(verdicts[4] ==
              Verdict{second.id(), Answer::skip, "10", mohs::AnnotatorKind::person, updated, second, queue});
    }
    CHECK(read("[]").empty());
    CHECK(read(tasks_of(example())).empty());
}

TEST_CASE("predictions come back as verdicts of models, but for what was suspected")
{
    json tasks = exported({json::array({annotation(json::array({choice("positive")}))})});
    const auto predict = [&](std::size_t task, const json& version, const json& result) {
        tasks[task]["predictions"].push_back({{"model_version", version}, {"result", result}});
    };
    predict(0, "gpt", json::array({choice("negative")}));
    tasks[0]["predictions"].back()["created_at"] = "2021-03-09T22:16:09Z";
    predict(1, "gpt", json::array({choice("skip")}));
    predict(1, "other", json::array({json{{"from_name", "box"}, {"value", json::object()}}}));  // asked something else
    tasks[1]["predictions"].push_back(17);
    tasks[2].erase("predictions");
    const auto verdicts = read(tasks.dump());
    REQUIRE(verdicts.size() == 3);
    const ReviewSubject first{9007199254740993, 5};
    CHECK(verdicts[0].annotator == "10");
    CHECK(verdicts[1] == Verdict{first.id(), Answer::negative, "gpt", mohs::AnnotatorKind::model,
                                 mohs::ReviewTime{std::chrono::seconds{1'615'328'169}}, first, example().id()});
    CHECK(verdicts[2].answer == Answer::skip);
    CHECK(verdicts[2].annotator_kind == mohs::AnnotatorKind::model);
    CHECK(verdicts[2].time == mohs::ReviewTime{});
    for (const json& version : {json(), json(""), json(3)}) {
        json bad = tasks;
        bad[1]["predictions"][1]["model_version"] = version;
        CHECK(contains(refused(bad.dump()), "task 2: "));
    }
    json twice = tasks;
    twice[1]["predictions"][1]["result"].push_back(choice("skip"));
    CHECK(contains(refused(twice.dump()), "must be one choice"));
}

TEST_CASE("what is no export of such tasks is refused with line and task", "[raises]")
{
    const auto check = [](const std::string& text, const std::string& reason) {
        const std::string message = refused(text);
        INFO(text.substr(0, 300));
        INFO(message);
        CHECK(message.starts_with("mohs::read_label_studio: line "));
        CHECK(contains(message, reason));
    };
    const std::string good = exported({json::array({annotation(json::array({choice("positive")}))})}).dump(1);
    for (std::size_t length = 0; length + 1 < good.size(); length += 7) {
        check(good.substr(0, length), "not JSON: column ");
    }
    std::ifstream missing("there is no such file");
    CHECK_THROWS_AS(mohs::read_label_studio(missing), std::runtime_error);
    check("{}", "no list of tasks");
    check("[1]", "no list of tasks");
    check("[[]]", "no list of tasks");
    check("null", "no list of tasks");
    check("[{}]", "task 1: there is no field data");
    check("[{\"data\":[]}]", "data must be an object");
    check("[{\"data\":{}}]", "neither a field record nor a field anchor");
    check("[\n{\"data\":{\"record\":\"12\"}}]", "line 2: task 1: the field record is '12'");
    check("[{\"data\":{\"record\":\"0123456789abcdef\",\"anchor_id\":\"1\"}}]", "the label of sample 1 is ");
    check("[{\"a\":1,\"a\":2}]", "'a' is there twice");
    check("[{\"a\":\"\xFF\"}]", "UTF-8");
    check("[{\"a\":" + std::string(1000, '['), "nested deeper than 32 levels");
    check("[{\"a\":1e999}]", "number overflow");
    const auto changed = [](const std::function<void(json&)>& change) {
        json one = annotation(json::array({choice("positive")}));
        change(one);
        return exported({json::array(), json::array({one})}).dump();
    };
    check(changed([](json& one) { one = 1; }), "task 2: an annotation must be an object");
    check(changed([](json& one) { one.erase("result"); }), "task 2: there is no field result");
    check(changed([](json& one) { one["result"] = json::object(); }), "result must be a list");
    check(changed([](json& one) { one["result"][0] = "x"; }), "a result must be an object");
    check(changed([](json& one) { one["result"][0] = choice("maybe"); }), "choices is 'maybe'");
    check(changed([](json& one) { one["result"].push_back(choice("skip")); }), "must be one choice");
    check(changed([](json& one) { one["result"][0]["value"]["choices"].push_back("skip"); }), "must be one choice");
    check(changed([](json& one) { one["result"][0]["value"]["choices"][0] = 1; }), "must be one choice");
    check(changed([](json& one) { one["result"][0].erase("value"); }), "no field value");
    check(changed([](json& one) { one.erase("completed_by"); }), "no field completed_by");
    check(changed([](json& one) { one["completed_by"] = 1.5; }), "completed_by must be a user");
    check(changed([](json& one) { one["completed_by"] = json::object(); }), "no field id");
    check(changed([](json& one) { one["completed_by"] = ""; }), "annotator is empty");
    check(changed([](json& one) { one["was_cancelled"] = "no"; }), "was_cancelled must be true or false");
    check(changed([](json& one) { one["updated_at"] = "soon"; }), "updated_at is 'soon'");
}
