#include "calibration_study.hpp"

#include "../common/svg.hpp"
#include "../common/table.hpp"
#include "judges.hpp"
#include "objectives.hpp"

#include <mohs/judge/margin_calibration.hpp>
#include <mohs/judge/score_strata.hpp>

#include <nlohmann/json.hpp>

#include <ostream>

namespace digits {

using namespace examples;

namespace {

using Batch = mohs::Batch<float>;

constexpr Index strata = 10, looked_at = 20;

/// Keeps the embeddings of all training rows at one step.
class Snapshot : public Supervision {
public:
    explicit Snapshot(Index step) : step_(step) {}
    [[nodiscard]] bool due(Index step) const override { return step == step_; }
    void look(Index, const mohs::Matrix& rows) override { embeddings = rows; }

    mohs::Matrix embeddings;

private:
    Index step_;
};

void calibrate_margins(CalibrationStudy& study, const Task& task, const Batch& all)
{
    const mohs::TripletMiner random_negatives{Metric{}, mohs::AllPositives{}, mohs::RandomNegative{}};
    const mohs::Triplets<Metric> triplets = random_negatives(all, {.threads = 1});
    const mohs::MarginCalibration calibration(triplets);
    for (const double removal : {0.001, 0.003, 0.01, 0.03, 0.1}) {
        CalibrationStudy::Margin margin{removal, calibration.absolute(removal), calibration.relative(removal)};
        double false_negatives = 0, removed = 0;
        for (Index i = 0; i < triplets.size(); ++i) {
            const auto anchor = static_cast<std::size_t>(triplets[i].anchor),
                       negative = static_cast<std::size_t>(triplets[i].negative);
            if (task.truth[anchor] == task.truth[negative]) {
                ++false_negatives;
                removed += triplets.negative_values()[i] - triplets.positive_values()[i] < margin.absolute;
            }
        }
        margin.true_positives_removed = removed / std::max(1.0, false_negatives);
        study.margins.push_back(margin);
    }
}

void look_at_strata(CalibrationStudy& study, const Task& task, const Batch& all)
{
    const mohs::Neighbours closest = closest_negatives(all);
    std::vector<double> distances;
    std::vector<bool> is_false;
    for (Index row = 0; row < all.rows(); ++row) {
        if (closest.count(row) > 0) {
            distances.push_back(closest.value(row, 0));
            is_false.push_back(task.truth[static_cast<std::size_t>(row)] ==
                               task.truth[static_cast<std::size_t>(closest.index(row, 0))]);
        }
    }
    const mohs::ScoreStrata by_distance(distances, std::min<Index>(strata, static_cast<Index>(distances.size())));
    std::vector<mohs::StratumVerdict> verdicts;
    for (const Index number : by_distance.draw(looked_at, study.options.seed)) {
        verdicts.push_back({number, is_false[static_cast<std::size_t>(number)]});
    }
    for (Index stratum = 0; stratum < by_distance.count(); ++stratum) {
        double hits = 0;
        for (std::size_t number = 0; number < is_false.size(); ++number) {
            hits += is_false[number] && by_distance.stratum_of(static_cast<Index>(number)) == stratum;
        }
        study.all_share += hits / static_cast<double>(is_false.size());
        study.strata.push_back(
            {by_distance.estimate(stratum, verdicts), hits / static_cast<double>(by_distance.size_of(stratum))});
    }
    study.all = by_distance.estimate(verdicts);
}

}  // namespace

void run_calibration(CalibrationStudy& study, const Dataset& data)
{
    const TrainingOptions& options = study.options;
    const Task task = make_task(data, NoiseKind::uniform, options);
    const auto snapshot = std::make_shared<Snapshot>(options.steps - 1);
    train(task, {.objective = semi_hard(), .supervision = snapshot}, options, [](const Checkpoint&) {});
    const Batch all{snapshot->embeddings, task.training.labels};
    calibrate_margins(study, task, all);
    look_at_strata(study, task, all);
}

namespace {

std::string describe(const mohs::ShareEstimate& estimate)
{
    return format("%.2f (%.2f to %.2f)", estimate.share, estimate.low, estimate.high);
}

/// Points with intervals, and the truth as rings.
std::string strata_chart(const CalibrationStudy& study)
{
    constexpr double width = 420, height = 220, left = 42, right = 12, top = 12, bottom = 40;
    const Scale x{0.5, static_cast<double>(study.strata.size()) + 0.5, left, width - right};
    const Scale y{0, 1, height - bottom, top};
    std::string svg = svg_begin(width, height, "Share of false negatives by stratum, with intervals");
    for (const double tick : ticks(0, 1, 5)) {
        svg += format("<path class=\"rule\" d=\"M%.1f %.1fH%.1f\"/>", left, y(tick), width - right);
        svg += svg_text(left - 5, y(tick) + 3.5, format("%.3g", tick), "class=\"tick\" text-anchor=\"end\"");
    }
    svg += "<g style=\"--c:var(--s0)\" class=\"series\">";
    for (std::size_t i = 0; i < study.strata.size(); ++i) {
        const auto& [estimate, share] = study.strata[i];
        const double at = x(static_cast<double>(i + 1));
        svg += format("<path class=\"line\" d=\"M%.1f %.1fV%.1f\"/>", at, y(estimate.low), y(estimate.high));
        svg += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\"><title>", at, y(estimate.share)) + describe(estimate) +
               format(", in truth %.2f</title></circle>", share);
        svg += format("<path class=\"axis\" d=\"M%.1f %.1fh12\"/>", at - 6, y(share));
        svg += svg_text(at, height - bottom + 15, format("%zu", i + 1), "class=\"tick\" text-anchor=\"middle\"");
    }
    svg += "</g>" + svg_text((left + width - right) / 2, height - 6, "tenth, the closest first",
                             "class=\"name\" text-anchor=\"middle\"");
    return svg + "</svg>";
}

std::vector<std::vector<std::string>> margin_table(const CalibrationStudy& study)
{
    std::vector<std::vector<std::string>> table{
        {"removal", "absolute margin", "relative margin", "false negatives removed"}};
    for (const CalibrationStudy::Margin& margin : study.margins) {
        table.push_back({format("%.1f %%", 100 * margin.removal), format("%+.3f", margin.absolute),
                         format("%+.3f", margin.relative), format("%.0f %%", 100 * margin.true_positives_removed)});
    }
    return table;
}

}  // namespace

void print(std::ostream& stream, const CalibrationStudy& study)
{
    stream << "Margins: " << format("%.0f %% noise, ", 100 * study.options.noise) << study.options.steps
           << " steps of semi-hard triplets\n";
    print_table(stream, margin_table(study));
    stream << "False negatives among the closest negatives, from " << looked_at
           << " verdicts per tenth: " << describe(study.all) << ", in truth " << format("%.2f", study.all_share)
           << '\n';
}

std::string to_json(const CalibrationStudy& study)
{
    const auto estimate = [](const mohs::ShareEstimate& share) {
        return nlohmann::ordered_json{{"share", share.share}, {"low", share.low}, {"high", share.high}};
    };
    nlohmann::ordered_json result{{"noise", study.options.noise},
                                  {"margins", nlohmann::ordered_json::array()},
                                  {"strata", nlohmann::ordered_json::array()},
                                  {"all", estimate(study.all)},
                                  {"all_true_share", study.all_share}};
    for (const CalibrationStudy::Margin& margin : study.margins) {
        result["margins"].push_back({{"removal", margin.removal},
                                     {"absolute", margin.absolute},
                                     {"relative", margin.relative},
                                     {"false_negatives_removed", margin.true_positives_removed}});
    }
    for (const CalibrationStudy::Stratum& stratum : study.strata) {
        result["strata"].push_back(estimate(stratum.estimate));
        result["strata"].back()["true_share"] = stratum.share;
    }
    return result.dump(2) + "\n";
}

std::string to_html(const CalibrationStudy& study)
{
    return "<h2>Margins, and what they cost</h2><p>How much closer than the positive a negative may be before it is "
           "taken "
           "for a false one: the margin that removes a wanted share of random negatives, nearly all of which are true, "
           "and so are lost. How many of the closest negatives are false, no score tells: somebody has to look at some."
           "</p><div class=\"grid\">" +
           html_table(margin_table(study)) +
           figure("False negatives among the closest", strata_chart(study),
                  "Closest negatives of all rows, by distance. Disc: the share among 20 that were looked at, with its "
                  "95 % "
                  "interval of Wilson; dash: the truth. All together: " +
                      describe(study.all) + format(", in truth %.2f.", study.all_share)) +
           "</div>";
}

}  // namespace digits
