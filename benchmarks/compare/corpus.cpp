// Mining a corpus, beside what a search for neighbours alone takes; a gallery that is kept, beside its product; and draws
// by popularity, beside uniform ones.

#include "../oracle.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/packed_gallery.hpp>
#include <mohs/corpus/popularity_draws.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/positive/random_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <cstdio>

namespace compare {
namespace {

using Found = mohs::CorpusNegatives<mohs::Cosine>;

/// Rows around centres, 64 each, of length 1, as FAISS has to be given them. A query has one of its centre as its
/// positive: about half of the others are closer than that, or as close, so that a margin takes them and the search goes
/// deep.
struct Problem {
    static constexpr Index group = 64;
    mohs::Matrix queries, corpus;
    std::vector<Index> offsets{0}, positives;

    Problem(Index query_count, Index rows, Index d)
    {
        bench::detail::Generator generator;
        mohs::Matrix centres = mohs::Matrix::Zero(std::max<Index>(1, rows / group), d);
        generator.fill(centres.data(), centres.size(), 1);
        corpus = mohs::Matrix::Zero(rows, d);
        queries = mohs::Matrix::Zero(query_count, d);
        for (Index row = 0; row < rows; ++row) {
            corpus.row(row) = centres.row(row % centres.rows());
        }
        for (Index query = 0; query < query_count; ++query) {
            const Index centre = generator.below(centres.rows());
            queries.row(query) = centres.row(centre);
            positives.push_back(centre);
            offsets.push_back(query + 1);
        }
        generator.fill(corpus.data(), corpus.size(), 0.7F);
        generator.fill(queries.data(), queries.size(), 0.7F);
        corpus.rowwise().normalize();
        queries.rowwise().normalize();
    }
    [[nodiscard]] mohs::Relation relation() const
    {
        return mohs::Relation::positive_lists(offsets, positives, corpus.rows());
    }
};

/// Some queries against all rows in double precision. `share`: of the value of the positive, from which on candidates
/// are too close.
std::string check(const Problem& problem, const Found& found, Index n, double share)
{
    constexpr double tolerance = 1e-6;
    const Index queries = problem.queries.rows();
    for (Index query = 0; query < queries; query += std::max<Index>(1, queries / 16)) {
        const Eigen::VectorXd scores =
            problem.corpus.cast<double>() * problem.queries.row(query).cast<double>().transpose();
        const Index positive = problem.positives[static_cast<std::size_t>(query)];
        std::vector<double> left;
        for (Index row = 0; row < scores.size(); ++row) {
            if (row != positive && scores[row] <= share * scores[positive] + tolerance) {
                left.push_back(scores[row]);
            }
        }
        std::partial_sort(left.begin(), left.begin() + n, left.end(), std::greater<>());
        if (found.count(query) != n) {
            return bench::wrong(query, "it does not have all negatives");
        }
        for (Index i = 0; i < n; ++i) {
            const double score = found.scores(query)[static_cast<std::size_t>(i)];
            const Index row = found.negatives(query)[static_cast<std::size_t>(i)];
            if (std::abs(score - left[static_cast<std::size_t>(i)]) > 2 * tolerance ||
                std::abs(score - scores[row]) > tolerance) {
                return bench::wrong(query, "a negative has another score in double precision");
            }
        }
    }
    return {};
}

/// The ten hardest negatives behind a margin, against an exhaustive search for the 110 closest rows, which is what a
/// miner without filters in its scan begins with.
void compare_margin(Table& table, Peers& peers)
{
    const Index queries = table.settings().quick ? 1000 : 5000, rows = table.settings().quick ? 4000 : 20000, n = 10,
                depth = 110;
    const Subject subject{"corpus_margin", bench::to_string(Kind::clustered), queries, 384, 1, n};
    if (!table.wants(subject)) {
        return;
    }
    const Problem problem(queries, rows, subject.d);
    const mohs::Relation relation = problem.relation();
    const mohs::CorpusMiner miner{mohs::Cosine{}, {.num_negatives = n, .relative_margin = 0.05}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1, .screening = mohs::Screening::on};
    Found found;
    std::function<void()> peer;
    std::vector<float> values(static_cast<std::size_t>(queries * depth));
    std::vector<std::int64_t> labels(values.size());
    if (peers.faiss) {
        peers.faiss->assign(problem.corpus.data(), rows, subject.d);
        peer = [&] { peers.faiss->search(problem.queries.data(), queries, depth, values.data(), labels.data()); };
    } else {
        table.report_missing("FAISS", FlatIndex::package);
    }
    const Times times = measure(
        table.settings(), 1, 2.0 * static_cast<double>(queries * rows * subject.d),
        [&] { found = miner(mohs::Batch{problem.queries}, mohs::Batch{problem.corpus}, relation, options); }, peer);
    char note[120];
    std::snprintf(note, sizeof(note), "against %lld rows, with a relative margin of 0.05; depth %.1f on average",
                  static_cast<long long>(rows), found.report.depth.mean);
    table.add(make_row(subject, peers.faiss ? std::optional<std::string>("FAISS IndexFlatIP, top 110") : std::nullopt,
                       times, 0.65, check(problem, found, n, 0.95), note,
                       peers.faiss ? std::optional(peers.class_with_products(peers.faiss->vectors())) : std::nullopt));
}

/// Few queries against a gallery that is packed already, beside the multiply-adds of all pairs at the peak.
void compare_gallery(Table& table)
{
    const Index queries = 128, rows = table.settings().quick ? 16384 : 131072, n = 10;
    const Subject subject{"packed_gallery", bench::to_string(Kind::clustered), queries, 128, 1, n};
    if (!table.wants(subject)) {
        return;
    }
    const Problem problem(queries, rows, subject.d);
    const mohs::Relation relation = problem.relation();
    const mohs::CorpusMiner miner{mohs::Cosine{}, {.num_negatives = n}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    const mohs::PackedGallery gallery{mohs::Cosine{}, mohs::Batch{problem.corpus}, options};
    Found found;
    const Times times = measure(table.settings(), 1, 2.0 * static_cast<double>(queries * rows * subject.d),
                                [&] { found = miner(mohs::Batch{problem.queries}, gallery, relation, options); }, {});
    Row row = make_peak_row(subject, times, 0.6, check(problem, found, n, 1e9));
    row.note = "against " + std::to_string(rows) + " rows";
    table.add(row);
}

/// Four negatives by popularity and their expected counts, beside one that is drawn evenly, of a history of 100 items
/// each.
void compare_popularity(Table& table)
{
    const Index users = table.settings().quick ? 2048 : 16384, items = 65536, history = 100;
    const Subject subject{"popularity", "histories", users, 16, 1};
    if (!table.wants(subject)) {
        return;
    }
    bench::detail::Generator generator;
    mohs::Matrix user_rows = mohs::Matrix::Zero(users, subject.d), item_rows = mohs::Matrix::Zero(items, subject.d);
    generator.fill(user_rows.data(), user_rows.size(), 1);
    generator.fill(item_rows.data(), item_rows.size(), 1);
    std::vector<double> counts;
    for (Index item = 0; item < items; ++item) {
        counts.push_back(1e6 / static_cast<double>(item + 1));
    }
    std::vector<Index> offsets{0}, rows;
    for (Index user = 0; user < users; ++user) {
        for (Index i = 0; i < history; ++i) {
            // Each further than the one before, most of them popular.
            rows.push_back(i * i * 6 + generator.below(6 * i + 1));
        }
        offsets.push_back(static_cast<Index>(rows.size()));
    }
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, items);
    const mohs::PopularityDraws draw{counts, {.num_negatives = 1, .per_positive = false}};
    const mohs::TripletMiner random{mohs::DotProduct{}, mohs::RandomPositive{}, mohs::RandomNegative{}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    const mohs::Batch queries{user_rows};
    const auto related = queries.related_by(relation);
    mohs::PopularNegatives drawn;
    mohs::Workspace workspace;
    mohs::Triplets<mohs::DotProduct> triplets;
    const Times times = measure(
        table.settings(), 1, static_cast<double>(users), [&] { drawn = draw(relation, options); },
        [&] { random(related, mohs::Batch{item_rows}, workspace, triplets, options); });
    std::string error = drawn.size() == users && triplets.size() == users ? "" : "somebody has no negative";
    for (Index list = 0; list < drawn.size() && error.empty(); ++list) {
        const auto own = relation.positives(list);
        if (drawn.count(list) != 1 || std::binary_search(own.begin(), own.end(), drawn.negatives(list)[0])) {
            error = bench::wrong(list, "it has no negative, or one of its history");
        }
    }
    table.add(
        make_row(subject, "mohs RandomNegative", times, 1, error, "a negative for each user, with its expected count"));
}

}  // namespace

void compare_corpus(Table& table, Peers& peers)
{
    compare_margin(table, peers);
    compare_gallery(table);
    compare_popularity(table);
}

}  // namespace compare
