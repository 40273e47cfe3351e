#include "page.hpp"

#include "page_body.hpp"
#include "page_script.hpp"
#include "page_style.hpp"

#include <nlohmann/json.hpp>

#include <random>

namespace review {

namespace {

using nlohmann::ordered_json;

std::string escape_html(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            case '\'': result += "&#39;"; break;
            default: result += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
        }
    }
    return result;
}

/// JSON inside a script element: nothing in it can end the element or begin another one, and a script that took it for
/// JavaScript would read the same. All of these characters are in strings, where JSON takes them as \u too.
std::string escape_json(const std::string& json)
{
    std::string result;
    result.reserve(json.size());
    for (std::size_t at = 0; at < json.size(); ++at) {
        const std::string_view rest = std::string_view(json).substr(at);
        if (json[at] == '<' || json[at] == '>' || json[at] == '&') {
            result += json[at] == '<' ? "\\u003c" : json[at] == '>' ? "\\u003e" : "\\u0026";
        } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9")) {
            result += rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
            at += 2;
        } else {
            result += json[at];
        }
    }
    return result;
}

const char* name_of(mohs::Suspicion suspicion)
{
    return suspicion == mohs::Suspicion::label      ? "label"
           : suspicion == mohs::Suspicion::negative ? "negative"
                                                    : "positive";
}

/// What the script of the page reads. Ids are strings: JavaScript has no integers of 64 bits.
ordered_json content(const mohs::ReviewQueue& queue, const Samples& all_samples, const PageOptions& options)
{
    ordered_json records = ordered_json::array(), shown_samples = ordered_json::object(),
                 shown_candidates = ordered_json::object();
    const auto show = [&](std::int64_t id, bool of_candidates) {
        const bool apart = of_candidates && options.candidates != nullptr;
        const Samples& samples = apart ? *options.candidates : all_samples;
        ordered_json& shown = apart ? shown_candidates : shown_samples;
        const std::string name = std::to_string(id);
        const auto at = samples.find(id);
        if (at != samples.end() && !shown.contains(name)) {
            ordered_json sample = ordered_json::object();
            for (const auto& [field, value] :
                 {std::pair{"text", &at->second.text}, std::pair{"label", &at->second.label},
                  std::pair{"image", &at->second.image}}) {
                if (!value->empty()) {
                    sample[field] = *value;
                }
            }
            shown[name] = std::move(sample);
        }
        return name;
    };
    for (const mohs::ReviewRecord& record : queue.ranked(options.count)) {
        ordered_json item{{"record", record.id().text()},
                          {"kind", name_of(record.of)},
                          {"anchor", show(record.subject.anchor, false)}};
        if (record.subject.candidate) {
            item["candidate"] = show(*record.subject.candidate, record.subject.is_ordered);
        }
        if (record.subject.is_ordered) {
            item["ordered"] = true;
        }
        if (record.positive) {
            item["positive"] = show(*record.positive, record.subject.is_ordered);
        }
        for (const mohs::ReviewReason& reason : record.reasons) {
            item["reasons"].push_back({{"name", reason.name}, {"score", reason.score}});
        }
        records.push_back(std::move(item));
    }
    ordered_json result{{"queue", options.queue.value_or(queue.id()).text()},
                        {"page", queue.id().text()},
                        {"annotator", options.annotator},
                        {"records", std::move(records)},
                        {"samples", std::move(shown_samples)}};
    if (options.candidates != nullptr) {
        result["candidates"] = std::move(shown_candidates);
    }
    return result;
}

/// 128 bits that nobody who writes a queue can know.
std::string random_name()
{
    std::random_device random;
    std::string result;
    for (int i = 0; i < 32; ++i) {
        result += "0123456789abcdef"[random() & 15];
    }
    return result;
}

}  // namespace

std::string to_html(const mohs::ReviewQueue& queue, const Samples& samples, const PageOptions& options)
{
    const std::string nonce = random_name();
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
           "http-equiv=\"Content-Security-Policy\" "
           "content=\"default-src 'none'; style-src 'nonce-" +
           nonce + "'; script-src 'nonce-" + nonce +
           "'; img-src data:; base-uri 'none'; form-action 'none'\"><meta name=\"viewport\" "
           "content=\"width=device-width,initial-scale=1\"><title>" +
           escape_html(options.title) + "</title><style nonce=\"" + nonce + "\">" + page_style +
           "</style></head><body>" + page_body + "<script type=\"application/json\" id=\"queue\">" +
           escape_json(content(queue, samples, options).dump()) + "</script>\n<script nonce=\"" + nonce + "\">" +
           page_script + "</script></body></html>\n";
}

}  // namespace review
