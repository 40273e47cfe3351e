#pragma once

/// \file
/// JSON from files that nobody vouches for: no duplicate keys, no deep nesting, and fields of the type they should
/// have.

#include <mohs/detail/adapter/review_words.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <set>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// What is looked at while JSON is parsed, as its parser's callback. `on_object(depth, object)`, when an object ends,
/// says whether it is kept.
template <class OnObject>
class JsonGuard {
public:
    explicit JsonGuard(OnObject on_object) : on_object_(std::move(on_object)) {}

    bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed)
    {
        using Event = nlohmann::json::parse_event_t;
        if ((event == Event::object_start || event == Event::array_start) && depth >= deepest) {
            throw BadText("nested deeper than " + std::to_string(deepest) + " levels");
        }
        if (event == Event::object_start) {
            keys_.emplace_back();
        } else if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
            throw BadText("the key " + in_quotes(parsed.get_ref<const std::string&>()) + " is there twice");
        } else if (event == Event::object_end) {
            keys_.pop_back();
            return on_object_(depth, parsed);
        }
        return true;
    }

private:
    static constexpr int deepest = 32;
    OnObject on_object_;
    std::vector<std::set<std::string>> keys_;
};

/// What is wrong with JSON, by its parser, without its name and line, which are those of a part.
inline std::string problem_of(const nlohmann::json::exception& error)
{
    const std::string text = error.what();
    const std::size_t column = text.find("column "), name = text.find("] ");
    return "not JSON: " + text.substr(column != std::string::npos ? column : name != std::string::npos ? name + 2 : 0);
}

/// One object. Throws BadText, or what the parser throws.
inline nlohmann::json parse_object(std::string_view text)
{
    JsonGuard guard([](int, const nlohmann::json&) { return true; });
    nlohmann::json result = nlohmann::json::parse(text.begin(), text.end(), std::ref(guard));
    if (!result.is_object()) {
        throw BadText("is no JSON object");
    }
    return result;
}

/// The fields of an object, by their types. A field that is null is not there.
class JsonFields {
public:
    explicit JsonFields(const nlohmann::json& object) : object_(&object) {}

    [[nodiscard]] const nlohmann::json* find(const char* field) const
    {
        const auto at = object_->find(field);
        return at == object_->end() || at->is_null() ? nullptr : &*at;
    }
    [[nodiscard]] const nlohmann::json& get(const char* field) const
    {
        if (const nlohmann::json* found = find(field)) {
            return *found;
        }
        throw BadText(std::string("there is no field ") + field);
    }
    [[nodiscard]] const std::string& text(const char* field) const { return text_in(field, get(field)); }
    [[nodiscard]] double number(const char* field) const
    {
        const nlohmann::json& found = get(field);
        if (!found.is_number() || !std::isfinite(found.get<double>())) {
            refuse(field, "a finite number");
        }
        return found.get<double>();
    }
    [[nodiscard]] const nlohmann::json& list(const char* field) const
    {
        const nlohmann::json& found = get(field);
        if (!found.is_array()) {
            refuse(field, "a list");
        }
        return found;
    }
    [[nodiscard]] const nlohmann::json& object(const char* field) const
    {
        const nlohmann::json& found = get(field);
        if (!found.is_object()) {
            refuse(field, "an object");
        }
        return found;
    }
    /// A sample id: an integer, or its decimal digits as a string, because many languages have no integers of 64 bits.
    [[nodiscard]] std::optional<std::int64_t> sample(const char* field) const
    {
        const nlohmann::json* found = find(field);
        if (found == nullptr) {
            return {};
        }
        if (found->is_string()) {
            return sample_of(field, found->get_ref<const std::string&>());
        }
        if (!found->is_number_integer() ||
            (found->is_number_unsigned() && found->get<std::uint64_t>() > std::uint64_t{INT64_MAX})) {
            refuse(field, "an integer of 64 bits");
        }
        return found->get<std::int64_t>();
    }
    /// Whether a field is true; false where it is left out.
    [[nodiscard]] bool flag(const char* field) const
    {
        const nlohmann::json* found = find(field);
        if (found != nullptr && !found->is_boolean()) {
            refuse(field, "true or false");
        }
        return found != nullptr && found->get<bool>();
    }
    [[nodiscard]] std::optional<ReviewId> id(const char* field) const
    {
        const nlohmann::json* found = find(field);
        return found == nullptr ? std::nullopt : std::optional(id_of(field, text_in(field, *found)));
    }
    [[nodiscard]] std::optional<ReviewTime> time(const char* field) const
    {
        const nlohmann::json* found = find(field);
        return found == nullptr     ? std::nullopt
               : found->is_number() ? std::optional(time_of(field, number(field)))
                                    : std::optional(time_of(field, text_in(field, *found)));
    }

private:
    [[noreturn]] static void refuse(const char* field, const char* type)
    {
        throw BadText(std::string("the field ") + field + " must be " + type);
    }
    static const std::string& text_in(const char* field, const nlohmann::json& value)
    {
        if (!value.is_string()) {
            refuse(field, "a string");
        }
        return value.get_ref<const std::string&>();
    }

    const nlohmann::json* object_;
};

/// Calls `read(fields)` for every line that is not blank, and says the line of what that throws.
template <class Read>
void read_json_lines(const char* reader, std::istream& stream, Read read)
{
    std::string line;
    for (std::size_t number = 1; read_line(reader, stream, number, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        try {
            const nlohmann::json object = parse_object(line);
            read(JsonFields(object));
        } catch (const BadText& error) {
            throw_at_line(reader, number, error.what());
        } catch (const nlohmann::json::exception& error) {
            throw_at_line(reader, number, problem_of(error));
        } catch (const std::invalid_argument& error) {
            throw_at_line(reader, number, error.what());
        }
    }
}

/// JSON on one line. Throws std::invalid_argument for text that is not UTF-8.
inline std::string json_text(const char* writer, const nlohmann::ordered_json& value)
{
    try {
        return value.dump();
    } catch (const nlohmann::json::exception&) {
        throw_invalid(std::string(writer) + ": a name or text is not UTF-8, which JSON has to be");
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
