#include "settings.hpp"

#include <filesystem>
#include <stdexcept>

namespace mine_corpus {

std::vector<std::pair<std::string, std::string>> Settings::inputs() const
{
    return {{"--queries", queries},
            {"--corpus", corpus},
            {"--positives", positives},
            {"--guide-queries", guide_queries},
            {"--guide-corpus", guide_corpus},
            {"--verdicts", verdicts},
            {"--ids-queries", ids_queries},
            {"--ids-corpus", ids_corpus},
            {"--texts-queries", texts_queries},
            {"--texts-corpus", texts_corpus}};
}

std::vector<std::pair<std::string, std::string>> Settings::outputs() const
{
    std::vector<std::pair<std::string, std::string>> result{{"--out", out}, {"--review", review}};
    for (const std::string& report : reports) {
        result.emplace_back("--report", report);
    }
    return result;
}

bool Settings::asks_for(const std::string& rule) const
{
    return rule == "rejected_near_duplicates" ? near_duplicates.has_value()
           : rule == "rejected_listed_pairs"  ? !verdicts.empty()
           : rule == "rejected_by_guide"      ? !guide_queries.empty()
                                              : true;
}

void check_paths(const Settings& settings)
{
    namespace fs = std::filesystem;
    const auto same = [](const std::string& a, const std::string& b) {
        std::error_code error;
        return fs::equivalent(a, b, error) || fs::weakly_canonical(a, error) == fs::weakly_canonical(b, error);
    };
    auto others = settings.inputs();
    for (const auto& output : settings.outputs()) {
        for (const auto& [name, path] : others) {
            if (!output.second.empty() && !path.empty() && same(output.second, path)) {
                throw std::runtime_error(output.first + " " + output.second + " would overwrite the file of " + name);
            }
        }
        others.push_back(output);
    }
    for (const std::string& report : settings.reports) {
        const fs::path ending = fs::path(report).extension();
        if (ending != ".json" && ending != ".html") {
            throw std::runtime_error("--report " + report + ": the name has to end in .json or .html");
        }
    }
}

}  // namespace mine_corpus
