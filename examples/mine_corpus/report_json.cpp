#include "report_json.hpp"

#include <nlohmann/json.hpp>

namespace mine_corpus {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const mohs::Summary& summary)
{
    if (summary.count == 0) {
        return {{"count", 0}};
    }
    return {{"count", summary.count},   {"mean", summary.mean}, {"min", summary.min}, {"q05", summary.q05},
            {"median", summary.median}, {"q95", summary.q95},   {"max", summary.max}};
}

Json json_of(const std::vector<ShownRow>& rows)
{
    Json result = Json::array();
    for (const ShownRow& row : rows) {
        result.push_back({{"name", row.name}, {"score", row.score ? Json(*row.score) : Json()}});
    }
    return result;
}

}  // namespace

std::string report_json(const Settings& settings, const Outcome& outcome)
{
    const mohs::CorpusReport& look = outcome.look;
    const Block& all = outcome.all;
    Json report{{"queries", look.queries},
                {"corpus", look.corpus},
                {"lists", all.lists},
                {"negatives", all.negatives},
                {"missing", all.missing},
                {"non_finite_queries", look.non_finite},
                {"non_finite_corpus", look.non_finite_corpus},
                {"zero_rows", look.zero_rows},
                {"duplicate_rows", look.duplicate_rows},
                {"without_positive", look.without_positive},
                {"non_finite_positives", all.non_finite_positives},
                {"without_reference", all.without_reference},
                {"overflows", all.overflows},
                {"repeated_negatives", all.repeated},
                {"copies_of_positives", all.copies},
                {"blocks", outcome.blocks},
                {"blocks_done", outcome.blocks_done},
                {"blocks_reused", outcome.blocks_reused},
                {"seconds", outcome.seconds}};
    report["rejected"] = Json::object();
    for (const auto& [name, count] : all.rejected) {
        report["rejected"][name] = count;
    }
    report["shortfalls"] = Json::array();
    for (const auto& [query, found] : all.shortfalls) {
        report["shortfalls"].push_back({{"query", query}, {"found", found}});
    }
    report["depth"] = json_of(summary_of(all.depth));
    report["positive"] = json_of(summary_of(all.positive));
    report["negative"] = json_of(summary_of(all.negative));
    report["difference"] = json_of(summary_of(all.difference));
    if (settings.index != "exact") {
        report["index"] = {{"name", settings.index},
                           {"searches", all.index_searches},
                           {"faults", all.index_faults},
                           {"exact_fallbacks", all.exact_fallbacks},
                           {"recall_lists", all.recall_lists}};
        if (all.recall_lists > 0) {
            report["index"]["recall"] = all.recall;
        }
    }
    report["suspects"] = all.suspects.size();
    Json provenance{{"key", outcome.key},
                    {"version", look.provenance.version},
                    {"metric", look.provenance.metric},
                    {"format", settings.format}};
    for (const auto& [name, value] : look.provenance.options) {
        if (name != "query_begin" && name != "query_end") {
            provenance["options"][name] = value;
        }
    }
    provenance["filters"] = Json::array();
    for (const std::string& filter : look.provenance.filters) {
        if (settings.asks_for(filter)) {
            provenance["filters"].push_back(filter);
        }
    }
    provenance["query_hash"] = std::to_string(look.provenance.query_hash);
    provenance["corpus_hash"] = std::to_string(look.provenance.corpus_hash);
    provenance["relation_hash"] = std::to_string(look.provenance.relation_hash);
    report["provenance"] = provenance;
    report["samples"] = Json::array();
    for (const Sample& sample : all.samples) {
        report["samples"].push_back({{"query", sample.query},
                                     {"positives", json_of(sample.positives)},
                                     {"negatives", json_of(sample.negatives)}});
    }
    return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mine_corpus
