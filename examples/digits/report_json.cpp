#include "report_json.hpp"

#include <nlohmann/json.hpp>

namespace digits {

std::string to_json(const std::vector<Result>& results)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Result& result : results) {
        list.push_back({{"strategy", result.strategy},
                        {"loss", result.loss},
                        {"filter", result.filter},
                        {"noise", result.noise},
                        {"steps", result.steps},
                        {"seeds", result.map_at_r.count},
                        {"recall_at_1", result.recall_at_1.mean},
                        {"recall_at_1_sd", result.recall_at_1.deviation},
                        {"map_at_r", result.map_at_r.mean},
                        {"map_at_r_sd", result.map_at_r.deviation},
                        {"mining_ms", result.mining_ms},
                        {"step_ms", result.step_ms}});
    }
    return list.dump(2) + "\n";
}

}  // namespace digits
