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
    std::vector<const Result*> rows;
    double most = 0;
    for (const Configuration& configuration : laboratory.configurations) {
        if (!configuration.noisy) {
            rows.push_back(&last_result(results, configuration));
            most = std::max(most, rows.back()->step_ms);
        }
    }
    constexpr double pitch = 19, left = 190, width = 640;
    const double bottom = pitch * static_cast<double>(rows.size()) + 6;
    const Scale x{0, most, left, width - 120};
    std::string svg = svg_begin(width, bottom + 34, "Milliseconds per training step");
    for (const double tick : ticks(0, most, 6)) {
        svg += format("<path class=\"grid\" d=\"M%.1f 0V%.1f\"/>", x(tick), bottom);
        svg += svg_text(x(tick), bottom + 14, format("%g", tick), "class=\"tick\" text-anchor=\"middle\"");
    }
    double y = 2;
    for (const Result* const row : rows) {
        const std::size_t s = row->configuration.strategy;
        const std::string name = laboratory.strategies[s].label + (row->configuration.filtered ? ", filters" : "");
        svg += svg_text(left - 8, y + 12, name, "text-anchor=\"end\"");
        svg += format("<g style=\"fill:var(--s%zu)\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"13\"/>", s,
                      left, y + 2, x(row->mining_ms) - left);
        svg += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"13\" opacity=\".35\"/></g>",
                      x(row->mining_ms), y + 2, x(row->step_ms) - x(row->mining_ms));
        svg += svg_text(x(row->step_ms) + 6, y + 12, format("MAP@R %.3f", row->map_at_r.mean));
        y += pitch;
    }
    svg += svg_text((left + width - 120) / 2, bottom + 30, "milliseconds per step (mining solid, the rest pale)",
                    "class=\"name\" text-anchor=\"middle\"");
    return svg + "</svg>";
}

}  // namespace

std::string curves_section(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const std::string seeds = laboratory.seeds > 1 ? format("Means over %zu seeds.", laboratory.seeds) : "One seed.";
    std::string html =
        "<h2>Learning curves</h2><p>The same network, images, initial weights and batches for every strategy: only "
        "what "
        "is mined from a batch differs, or the loss. No filters here. MAP@R on test rows, higher is better. Point at a "
        "line to single it out.</p><div class=\"grid\">";
    for (const bool noisy : {false, true}) {
        const std::string labels = noisy ? laboratory.noise_title() : "clean labels";
        const std::string what = noisy ? "Wrong labels look hard: the harder the negatives, the more of them are "
                                         "false. Strategies that avoid the very closest keep learning."
                                       : "Harder triplets teach more per step. SupCon and contrastive loss use all "
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
    return html + "</div><h3 style=\"margin-top:1.4rem\">What mining costs and what it buys</h3>" +
           figure(format("A training step, clean labels, MAP@R after %lld steps",
                         static_cast<long long>(laboratory.options.steps)),
                  cost_bars(laboratory, results),
                  "Medians on this machine, while as many networks were trained as it has threads. The network is "
                  "tiny: with a real one, mining is a far smaller part of a step.");
}

}  // namespace digits
