#include "report_sections.hpp"
#include "svg.hpp"

namespace digits {

namespace {

/// MAP@R of every strategy, without filters, against steps or against the time that so many steps take.
std::vector<Series> learning_curves(const Laboratory& laboratory, const std::vector<Result>& results, bool noisy,
                                    bool against_time)
{
    std::vector<Series> all;
    for (std::size_t s = 0; s < laboratory.strategies.size(); ++s) {
        const Configuration configuration{s, noisy, false};
        const std::vector<Run>& runs = laboratory.of(configuration);
        const double unit = against_time ? last_result(results, configuration).step_ms : 1;
        Series series{laboratory.strategies[s].label, s, false, {}, {}};
        for (std::size_t i = 0; i < runs.front().curve.size(); ++i) {
            const auto step = static_cast<double>(runs.front().curve[i].step);
            const Statistics score = Statistics::of(runs, [=](const Run& run) { return run.curve[i].scores.map_at_r; });
            series.points.emplace_back(step * unit, score.mean);
            series.notes.push_back(format("%s, step %.0f: MAP@R %.3f ± %.3f", laboratory.strategies[s].title().c_str(),
                                          step, score.mean, score.deviation));
        }
        all.push_back(std::move(series));
    }
    return all;
}

/// Bars of milliseconds per step, the part that is mining first, of every strategy without and with filters.
std::string cost_bars(const Laboratory& laboratory, const std::vector<Result>& results)
{
    double most = 0;
    for (const Result& result : results) {
        most = result.configuration.noisy ? most : std::max(most, result.step_ms);
    }
    constexpr double pitch = 15, left = 134, width = 430, right = 116;
    const Scale x{0, most, left, width - right};
    std::string bars;
    double y = 2;
    for (const Configuration& configuration : laboratory.configurations) {
        if (configuration.noisy) {
            continue;
        }
        const Result& result = last_result(results, configuration);
        if (!configuration.filtered) {
            y += 5;
            bars +=
                svg_text(left - 8, y + 10, laboratory.strategies[configuration.strategy].label, "text-anchor=\"end\"");
        }
        bars += format("<g style=\"fill:var(--s%zu)\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\"/>",
                       configuration.strategy, left, y, x(result.mining_ms) - left);
        bars += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" opacity=\".35\"/></g>",
                       x(result.mining_ms), y, x(result.step_ms) - x(result.mining_ms));
        bars += svg_text(x(result.step_ms) + 6, y + 10,
                         format("%.3f", result.map_at_r.mean) + (configuration.filtered ? ", filters" : ""),
                         "class=\"note\"");
        y += pitch;
    }
    const double bottom = y + 4;
    std::string svg = svg_begin(width, bottom + 36, "Milliseconds per training step");
    for (const double tick : ticks(0, most, 5)) {
        svg += format("<path class=\"rule\" d=\"M%.1f 0V%.1f\"/>", x(tick), bottom);
        svg += svg_text(x(tick), bottom + 14, format("%g", tick), "class=\"tick\" text-anchor=\"middle\"");
    }
    return svg + bars +
           svg_text(width / 2, bottom + 31, "milliseconds per step: mining solid, the rest pale; then MAP@R",
                    "class=\"name\" text-anchor=\"middle\"") +
           "</svg>";
}

}  // namespace

std::string curves_section(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const std::string seeds = laboratory.seeds > 1 ? format("Means over %zu seeds.", laboratory.seeds) : "One seed.";
    std::string html =
        "<h2>Learning curves</h2><p>The same network, images, initial weights and batches for every strategy: only "
        "what "
        "is mined from a batch differs, or the loss. No filters here. MAP@R on test rows, higher is better. Point at a "
        "line to single it out.</p><div class=\"grid wide\">";
    for (const bool noisy : {false, true}) {
        const std::string labels = noisy ? laboratory.noise_title() : "clean labels";
        const std::string what = noisy ? "Wrong labels look hard: the harder the negatives, the more of them are "
                                         "false."
                                       : "SupCon and contrastive loss use all "
                                         "pairs of the batch instead of one triplet per row.";
        html += figure("Against steps, " + labels,
                       line_chart("MAP@R against steps", "training steps", "MAP@R",
                                  learning_curves(laboratory, results, noisy, false)),
                       what + " " + seeds);
        html += figure("Against time, " + labels,
                       line_chart("MAP@R against milliseconds", "milliseconds of training", "MAP@R",
                                  learning_curves(laboratory, results, noisy, true)),
                       "The same curves, with steps as long as each strategy needs (median step, no evaluation).");
    }
    return html + "</div><h3 class=\"gap\">What mining costs and what it buys</h3><div class=\"narrow\">" +
           figure(format("A training step, clean labels, MAP@R after %lld steps",
                         static_cast<long long>(laboratory.options.steps)),
                  cost_bars(laboratory, results),
                  "Medians on this machine, while as many networks were trained as it has threads. The network is "
                  "tiny: with a real one, mining is a far smaller part of a step.") +
           "</div>";
}

}  // namespace digits
