#include "../common/svg.hpp"
#include "report_sections.hpp"

namespace digits {

using namespace examples;

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
            if (runs.size() > 1) {
                series.errors.push_back(score.standard_error());
            }
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

/// "0.920 ± 0.004": a mean and its standard error, if there is one.
std::string with_error(const Statistics& score)
{
    return format("%.3f", score.mean) + (score.count > 1 ? format(" ± %.3f", score.standard_error()) : "");
}

/// When mining is worth it and when it is not, next to what all pairs reach here.
std::string why_mine(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const auto best_mined = [&](bool noisy, bool filtered) {
        const Result* best = nullptr;
        for (std::size_t s = 0; s < laboratory.strategies.size(); ++s) {
            if (laboratory.strategies[s].mined()) {
                const Result& result = last_result(results, {s, noisy, filtered});
                best = best == nullptr || result.map_at_r.mean > best->map_at_r.mean ? &result : best;
            }
        }
        return best;
    };
    const auto sentence = [&](bool noisy, bool filtered) {
        const Result& all = last_result(results, {supcon_place, noisy, false});
        const Result& best = *best_mined(noisy, filtered);
        return (noisy ? laboratory.noise_title() : "clean labels") + ": SupCon " + with_error(all.map_at_r) +
               ", the best mined strategy" + (filtered ? " with filters" : "") + ", " +
               escape_html(laboratory.strategies[best.configuration.strategy].title()) + ", " +
               with_error(best.map_at_r);
    };
    return "<h3 class=\"gap\">Why mine, if a loss on all pairs does as well or better?</h3><p>MAP@R after the last "
           "step" +
           std::string(laboratory.seeds > 1 ? ", with its standard error" : "") + " &ndash; " + sentence(false, false) +
           "; " + sentence(true, true) +
           ".</p><p><b>All pairs</b> are the first thing to try where the batch is all there is, labels are clean and "
           "the loss takes a small part of a step, as here: nothing has to be chosen, and mohs has such losses too "
           "(<code>InfoNCE</code>, <code>ContrastiveLoss</code>).</p><p><b>Mine</b> where negatives come from a corpus "
           "or a memory bank, of which a step can take a few only: there the choice is the training set. Where the "
           "loss has to see each negative, as with a cross-encoder or a teacher. Where labels are doubtful: a triplet "
           "that was chosen can be filtered, counted and looked at, as below. And where batches are large: for 4096 "
           "rows of 128 dimensions, mining the hardest triplets and their loss took a quarter of the time of SupCon "
           "(one thread of an AMD EPYC, Zen 4).</p><p><b>Do not mine the hardest</b> negatives of noisy labels without "
           "a filter: the closest rows of another label are often those whose label is wrong.</p>";
}

}  // namespace

std::string curves_section(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const std::string seeds =
        laboratory.seeds > 1
            ? format("Means over %zu seeds; bands reach one standard error of the mean to either side.",
                     laboratory.seeds)
            : "One seed, so no error is known.";
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
                       "The same curves and bands, with steps as long as each strategy needs (median step, no "
                       "evaluation).");
    }
    return html + "</div><h3 class=\"gap\">What mining costs and what it buys</h3><div class=\"narrow\">" +
           figure(format("A training step, clean labels, MAP@R after %lld steps",
                         static_cast<long long>(laboratory.options.steps)),
                  cost_bars(laboratory, results),
                  "Medians on this machine, while as many networks were trained as it has threads. The network is "
                  "tiny: with a real one, mining is a far smaller part of a step.") +
           "</div>" + why_mine(laboratory, results);
}

}  // namespace digits
