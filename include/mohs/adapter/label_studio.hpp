#pragma once

/// \file
/// Label Studio (labelstud.io): review queues as tasks to import, and verdicts from its JSON export. By JSON for Modern
/// C++ (nlohmann-json 3.11, Debian: nlohmann-json3-dev).

#include <mohs/detail/adapter/label_studio_annotation.hpp>
#include <mohs/detail/adapter/line_counter.hpp>
#include <mohs/detail/adapter/strict_json.hpp>
#include <mohs/review/review_queue.hpp>

#include <nlohmann/json.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI {

/// What samples are shown as.
enum class LabelStudioContent { text, image };

/// The labelling interface for tasks of `write_label_studio`, for Settings > Labeling Interface > Code of a project.
[[nodiscard]] inline std::string label_studio_interface(LabelStudioContent content = LabelStudioContent::text)
{
    const std::string tag = content == LabelStudioContent::text ? "Text" : "Image";
    std::string result = "<View>\n  <Header value=\"$question\"/>\n  <View style=\"display:flex;gap:1em\">\n";
    for (const std::string name : {"anchor", "positive", "candidate"}) {
        result += "    <View>\n      <Header size=\"5\" value=\"" + name + "\"/>\n      <" + tag + " name=\"" + name +
                  "\" value=\"$" + name + "\"/>\n    </View>\n";
    }
    return result +
           "  </View>\n  <Choices name=\"verdict\" toName=\"anchor\" choice=\"single\" showInLine=\"true\" "
           "required=\"true\">\n    <Choice value=\"positive\"/>\n    <Choice value=\"negative\"/>\n    <Choice "
           "value=\"skip\"/>\n  </Choices>\n</View>\n";
}

/// Writes a queue as a JSON array of tasks, the most suspicious first, in the format that Label Studio imports: `data`
/// with what is asked, the content of the samples, ids as strings (its pages have no integers of 64 bits), and a
/// prediction: what is suspected, as the choice "verdict", and how much, as `score`, by which its data manager can sort
/// tasks of one reason: scores of different reasons have no common scale.
///
/// `content(id)` is the text of a sample, or an address or data: URL of its image; where candidates of ordered pairs
/// have ids of their own, `content(id, of_candidate)`, with true for these and for positives to compare with. `sink` is
/// a std::ostream or an AtomicFile. Throws std::invalid_argument for text that is not UTF-8, std::runtime_error where
/// it cannot write. Label Studio is made for up to about 100,000 tasks in a project.
template <class Sink, class Content>
void write_label_studio(const ReviewQueue& queue, Sink& sink, const Content& content)
{
    constexpr const char* writer = "write_label_studio";
    const std::string queue_id = queue.id().text();
    const char* before = "[\n";
    const auto content_of = [&content](std::int64_t id, bool of_candidate) -> std::string {
        if constexpr (std::is_invocable_v<const Content&, std::int64_t, bool>) {
            return content(id, of_candidate);
        } else {
            return content(id);
        }
    };
    for (const ReviewRecord& record : queue.ranked()) {
        const std::string id = record.id().text();
        const bool ordered = record.subject.is_ordered;
        nlohmann::ordered_json data{
            {"record", id},
            {"queue", queue_id},
            {"kind", detail::word_of(detail::suspicion_words, record.of)},
            {"question", record.subject.is_pair() ? "Do anchor and candidate belong together?"
                                                  : "Is the label of the anchor right?"},
            {"anchor_id", std::to_string(record.subject.anchor)},
            {"anchor", content_of(record.subject.anchor, false)},
            {"positive", record.positive ? content_of(*record.positive, ordered) : std::string()},
            {"candidate", record.subject.candidate ? content_of(*record.subject.candidate, ordered) : std::string()}};
        if (record.subject.candidate) {
            data["candidate_id"] = std::to_string(*record.subject.candidate);
        }
        if (record.subject.is_ordered) {
            data["ordered"] = true;
        }
        if (record.positive) {
            data["positive_id"] = std::to_string(*record.positive);
        }
        for (const ReviewReason& reason : record.reasons) {
            data["reasons"].push_back({{"name", reason.name}, {"score", reason.score}});
        }
        const char* suspected = record.of == Suspicion::negative ? "positive" : "negative";
        const nlohmann::ordered_json task{{"data", std::move(data)},
                                          {"predictions",
                                           {{{"model_version", detail::label_studio_model},
                                             {"score", record.score},
                                             {"result",
                                              {{{"id", id},
                                                {"from_name", "verdict"},
                                                {"to_name", "anchor"},
                                                {"type", "choices"},
                                                {"value", {{"choices", {suspected}}}}}}}}}}};
        detail::put_text(writer, sink, before + detail::json_text(writer, task));
        before = ",\n";
    }
    detail::put_text(writer, sink, queue.empty() ? "[]\n" : "\n]\n");
}

/// Reads Label Studio's JSON export (not JSON_MIN) of such tasks: one verdict per annotation, by the choice "verdict".
/// Cancelled annotations and those without that choice are skips; drafts are passed over. The annotator is a person:
/// the email of `completed_by`, or its number, or what it is.
///
/// Predictions with that choice are verdicts of models, which go by their `model_version`; but for those of "mohs",
/// which are what `write_label_studio` says is suspected, and predictions of which an export has no more than numbers.
///
/// The time is that of `updated_at`, else of `created_at`, else the epoch. Tasks are read one by one, so memory does
/// not grow with the file.
///
/// Throws std::runtime_error with the line where the parser is, and the number of the task from 1, for what is no such
/// export: no array of tasks, a truncated file, text that is not UTF-8, keys there twice, more than 32 levels, wrong
/// types, a task with neither `data.record` nor `data.anchor_id`, or where they are of two records, two choices in one
/// annotation, a prediction of no model.
[[nodiscard]] inline std::vector<Verdict> read_label_studio(std::istream& stream)
{
    constexpr const char* reader = "read_label_studio";
    std::vector<Verdict> result;
    std::size_t line = 1, task = 0;
    const auto read_task = [&](const nlohmann::json& object) {
        const detail::JsonFields fields(object);
        const nlohmann::json& data = fields.object("data");
        const detail::JsonFields asked(data);
        const std::optional<ReviewSubject> subject =
            detail::subject_of(asked.sample("anchor_id"), asked.sample("candidate_id"), asked.flag("ordered"));
        const ReviewId record = detail::record_of(asked.id("record"), subject);
        Verdict verdict{.record = record, .subject = subject, .queue = asked.id("queue")};
        const nlohmann::json none = nlohmann::json::array();
        for (const nlohmann::json& each : fields.find("annotations") == nullptr ? none : fields.list("annotations")) {
            if (!each.is_object()) {
                throw detail::BadText("an annotation must be an object");
            }
            const detail::JsonFields annotation(each);
            verdict.answer = detail::label_studio_answer(annotation);
            verdict.annotator = detail::label_studio_annotator(annotation);
            verdict.time = detail::label_studio_time(annotation);
            result.push_back(verdict);
        }
        verdict.annotator_kind = AnnotatorKind::model;
        for (const nlohmann::json& each : fields.find("predictions") == nullptr ? none : fields.list("predictions")) {
            const detail::JsonFields prediction(each);
            const bool is_known = each.is_object() && prediction.find("result") != nullptr;
            const std::optional<Answer> answer = is_known ? detail::label_studio_choice(prediction) : std::nullopt;
            if (!answer || (prediction.find("model_version") != nullptr &&
                            *prediction.find("model_version") == detail::label_studio_model)) {
                continue;
            }
            verdict.answer = *answer;
            verdict.annotator = detail::annotator_of(prediction.text("model_version"));
            verdict.time = detail::label_studio_time(prediction);
            result.push_back(verdict);
        }
    };
    detail::JsonGuard guard([&](int depth, const nlohmann::json& object) {
        if (depth == 1) {
            ++task;
            read_task(object);
        }
        return depth != 1;
    });
    if (stream.fail()) {
        detail::throw_at_line(reader, line, "the stream cannot be read");
    }
    try {
        const detail::LineCounter begin(stream, line), end;
        const nlohmann::json document = nlohmann::json::parse(begin, end, std::ref(guard));
        if (!document.is_array() || !document.empty()) {
            throw detail::BadText("is no list of tasks");
        }
    } catch (const detail::BadText& error) {
        detail::throw_at_line(reader, line, "task " + std::to_string(task) + ": " + error.what());
    } catch (const nlohmann::json::exception& error) {
        detail::throw_at_line(reader, line, "after task " + std::to_string(task) + ": " + detail::problem_of(error));
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI
