// The k nearest neighbours of queries in a gallery, against FAISS IndexFlatIP.

#include "../oracle.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

namespace compare {
namespace {

/// What FAISS has to be given: rows of length 1.
mohs::Matrix every_other(const mohs::Matrix& rows, Index first)
{
    mohs::Matrix result(rows.rows() / 2, rows.cols());
    for (Index row = 0; row < result.rows(); ++row) {
        result.row(row) = rows.row(2 * row + first).normalized();
    }
    return result;
}

struct Problem {
    mohs::Matrix queries, gallery;

    /// Row after row of the same data in turns, so that each has candidates along the whole arc.
    Problem(Kind kind, Index n, Index d)
    {
        const bench::Data data = bench::make_data(kind, 2 * n, d);
        queries = every_other(data.rows, 0);
        gallery = every_other(data.rows, 1);
    }

    [[nodiscard]] double dot(Index query, Index candidate) const
    {
        return queries.row(query).cast<double>().dot(gallery.row(candidate).cast<double>());
    }
};

/// Scores agree rank by rank within the rounding of both; a rank that has another row has one with that score.
std::string check(const Problem& problem, const mohs::Neighbours<mohs::Cosine>& found, Index k,
                  const std::vector<float>& values, const std::vector<std::int64_t>& rows)
{
    // A chain of D roundings on either side, and those of normalising.
    const double tolerance =
        2 * (static_cast<double>(problem.queries.cols()) + 6) * std::numeric_limits<float>::epsilon() / 2;
    for (Index query = 0; query < problem.queries.rows(); ++query) {
        if (found.count(query) != k) {
            return bench::wrong(query, "it does not have all neighbours");
        }
        for (Index rank = 0; rank < k; ++rank) {
            const auto at = static_cast<std::size_t>(query * k + rank);
            const auto theirs = static_cast<double>(values[at]);
            if (std::abs(found.value(query, rank) - theirs) > tolerance) {
                return bench::wrong(query, "a rank has another score in FAISS");
            }
            if (found.index(query, rank) != rows[at] &&
                std::abs(problem.dot(query, found.index(query, rank)) - theirs) > tolerance) {
                return bench::wrong(query, "a rank has another row in FAISS, and they do not tie");
            }
        }
    }
    return {};
}

/// The same without FAISS: what double precision finds for some queries.
std::string check(const Problem& problem, const mohs::Neighbours<mohs::Cosine>& found, Index k)
{
    const Index n = problem.queries.rows();
    std::vector<float> values(static_cast<std::size_t>(k));
    for (Index query = 0; query < n; query += n / 32) {
        Eigen::VectorXd scores = problem.gallery.cast<double>() * problem.queries.row(query).cast<double>().transpose();
        std::partial_sort(scores.begin(), scores.begin() + k, scores.end(), std::greater<>());
        for (Index rank = 0; rank < k; ++rank) {
            if (std::abs(found.value(query, rank) - scores[rank]) > 1e-5) {
                return bench::wrong(query, "a rank has another score in double precision");
            }
        }
    }
    return {};
}

void compare_kind(Table& table, Peers& peers, Kind kind, Index n, Index k, double target)
{
    const Subject subject{"topk", bench::to_string(kind), n, 128, 1, k};
    if (!table.wants(subject)) {
        return;
    }
    const Problem problem(kind, n, subject.d);
    const mohs::NearestNeighbours nearest{mohs::Cosine{}, {.k = k}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    mohs::Workspace workspace;
    mohs::Neighbours<mohs::Cosine> found;
    std::function<void()> peer;
    std::vector<float> values(static_cast<std::size_t>(n * k));
    std::vector<std::int64_t> rows(values.size());
    if (peers.faiss) {
        peers.faiss->assign(problem.gallery.data(), n, subject.d);
        peer = [&] { peers.faiss->search(problem.queries.data(), n, k, values.data(), rows.data()); };
    } else {
        table.report_missing("FAISS", FlatIndex::package);
    }
    const mohs::Batch queries{problem.queries}, gallery{problem.gallery};
    // All pairs are different: none is computed for two rows at once.
    const double flops = 2 * bench::useful_flops(n, subject.d);
    const Times times = measure(
        table.settings(), 1, flops, [&] { nearest(queries, gallery, workspace, found, options); }, peer);
    const std::string error = peers.faiss ? check(problem, found, k, values, rows) : check(problem, found, k);
    table.add(make_row(subject, peers.faiss ? std::optional<std::string>("FAISS IndexFlatIP") : std::nullopt, times,
                       target, error, "",
                       peers.faiss ? std::optional(peers.class_with_products(peers.faiss->vectors())) : std::nullopt));
}

}  // namespace

void compare_topk(Table& table, Peers& peers)
{
    const Index n = table.settings().quick ? 4096 : 16384;
    for (const Kind kind : bench::all_kinds) {
        compare_kind(table, peers, kind, n, 10, 0.6);
        compare_kind(table, peers, kind, n, 100, 0.45);
    }
}

}  // namespace compare
