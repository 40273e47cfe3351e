#pragma once

/// \file
/// What an annotation of Label Studio says, and whose it is.

#include <mohs/detail/adapter/strict_json.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Who predicts what is suspected, in tasks: what comes back of it is no verdict.
inline constexpr const char* label_studio_model = "mohs";

/// The choice "verdict" of an annotation or a prediction, if it has one.
inline std::optional<Answer> label_studio_choice(const JsonFields& annotation)
{
    std::optional<Answer> answer;
    for (const nlohmann::json& item : annotation.list("result")) {
        if (!item.is_object()) {
            throw BadText("a result must be an object");
        }
        const JsonFields result(item);
        // Relations between regions, which a project may have too, have no names.
        if (result.find("from_name") == nullptr || result.text("from_name") != "verdict") {
            continue;
        }
        const nlohmann::json& choices = JsonFields(result.object("value")).list("choices");
        if (answer || choices.size() != 1 || !choices[0].is_string()) {
            throw BadText("the verdict of an annotation must be one choice");
        }
        answer = value_of<Answer>(answer_words, "choices", choices[0].get_ref<const std::string&>());
    }
    return answer;
}

/// The same, and skip where it is cancelled or has none.
inline Answer label_studio_answer(const JsonFields& annotation)
{
    return annotation.flag("was_cancelled") ? Answer::skip : label_studio_choice(annotation).value_or(Answer::skip);
}

inline ReviewTime label_studio_time(const JsonFields& annotation)
{
    const std::optional<ReviewTime> updated = annotation.time("updated_at");
    return updated ? *updated : annotation.time("created_at").value_or(ReviewTime{});
}

/// Who made an annotation: an email, the number of a user, or whatever text is there.
inline std::string label_studio_annotator(const JsonFields& annotation)
{
    const nlohmann::json& by = annotation.get("completed_by");
    if (by.is_object()) {
        const JsonFields user(by);
        return user.find("email") != nullptr ? annotator_of(user.text("email")) : user.get("id").dump();
    }
    if (!by.is_number_integer() && !by.is_string()) {
        throw BadText("the field completed_by must be a user: a number, a name, or an object with an email or an id");
    }
    return by.is_string() ? annotator_of(by.get_ref<const std::string&>()) : by.dump();
}

}  // namespace mohs::inline MOHS_ABI::detail
