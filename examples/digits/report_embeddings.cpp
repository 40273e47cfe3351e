#include "../common/svg.hpp"
#include "noise.hpp"
#include "pca.hpp"
#include "report_sections.hpp"

namespace digits {

using namespace examples;

namespace {

constexpr std::size_t colours = 10, most_labels = 20;
constexpr Index most_points = 2000;

/// The rows of embeddings as points in their plane of largest variance, coloured by class, with the name of each class
/// at its mean.
std::pair<std::string, double> cloud(const mohs::Matrix& embeddings, const Labels& labels)
{
    const auto [points, share] = project(embeddings.rowwise().normalized());
    constexpr double size = 300, margin = 14;
    const Eigen::RowVector2d low = points.colwise().minCoeff(), high = points.colwise().maxCoeff();
    const double extent = std::max((high - low).maxCoeff(), 1e-12);
    const Eigen::RowVector2d middle = (low + high) / 2;
    const auto place = [&](const Eigen::RowVector2d& point) -> Eigen::RowVector2d {
        return ((point - middle) / extent * (size - 2 * margin)).array() + size / 2;
    };
    const Labels classes = distinct(labels);
    const Index stride = (points.rows() + most_points - 1) / most_points;
    std::string svg = svg_begin(size, size, "Test embeddings in two dimensions") + "<g class=\"cloud\">", names;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        svg += format("<path style=\"stroke:var(--c%zu)\" d=\"", c % colours);
        Eigen::RowVector2d sum = Eigen::RowVector2d::Zero();
        double count = 0;
        for (Index row = 0; row < points.rows(); ++row) {
            if (labels[static_cast<std::size_t>(row)] != classes[c]) {
                continue;
            }
            const Eigen::RowVector2d at = place(points.row(row));
            sum += at;
            ++count;
            svg += row % stride == 0 ? format("M%.1f %.1fh0", at[0], at[1]) : "";
        }
        svg += "\"/>";
        names += svg_text(sum[0] / count, sum[1] / count + 5, std::to_string(classes[c]),
                          format("style=\"fill:var(--c%zu)\"", c % colours));
    }
    return {svg + (classes.size() <= most_labels ? names : "") + "</g></svg>", share};
}

}  // namespace

std::string embeddings_section(const Laboratory& laboratory)
{
    std::string html =
        "<h2>Test embeddings before and after</h2><p>Rows that no network was trained on, in the plane of their "
        "largest variance (principal components of the normalised rows, of the first seed). One dot per row, coloured "
        "by true class, the class written at its mean. The first "
        "picture is before training, the others after. Axes differ between pictures and have no unit.</p>"
        "<div class=\"grid small\">";
    const auto add = [&](const std::string& title, const Configuration& configuration, bool before) {
        const Details& details = laboratory.of(configuration).front().details;
        const auto [drawing, share] = cloud(before ? details.before : details.after, details.test_labels);
        const Scores& scores = (before ? laboratory.of(configuration).front().curve.front()
                                       : laboratory.of(configuration).front().curve.back())
                                   .scores;
        html += figure(title, drawing,
                       format("MAP@R %.3f; the plane holds %.0f %% of the variance.", scores.map_at_r, 100 * share));
    };
    add("Before training", {random_place, false, false}, true);
    for (const std::size_t s : {random_place, hardest_place, supcon_place}) {
        add(laboratory.strategies[s].title(), {s, false, false}, false);
    }
    add("hardest, " + laboratory.noise_title(), {hardest_place, true, false}, false);
    add("the same with filters", {hardest_place, true, true}, false);
    return html + "</div>";
}

}  // namespace digits
