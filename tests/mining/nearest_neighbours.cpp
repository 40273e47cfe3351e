// Covers detail/scan/top_k.hpp.

#include "../catch.hpp"
#include "expected.hpp"

#include <mohs/mining/nearest_neighbours.hpp>

#include <array>

namespace {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Key;
using reference::Metric;
using reference::Precision;
using reference::Scene;

constexpr std::array all_relations{Among::everyone, Among::positives, Among::negatives};

const char* name_of(Among among)
{
    return among == Among::everyone ? "everyone" : among == Among::positives ? "positives" : "negatives";
}

/// A table without its metric.
struct Found {
    mohs::MatrixOf<Index> indices;
    mohs::MatrixOf<double> values;
    std::vector<Index> counts;
    mohs::Report report;
};

template <class M>
Found found_of(const mohs::Neighbours<M>& table)
{
    Found found{table.indices(), table.values(), {}, table.report};
    for (Index anchor = 0; anchor < table.rows(); ++anchor) {
        found.counts.push_back(table.count(anchor));
    }
    return found;
}

/// The neighbours that the definition asks for: of every anchor its candidates, to be ranked.
class Expected {
public:
    Expected(Metric metric, Precision precision, const Scene& scene, Among among)
        : metric_(metric), scene_(scene), among_(among)
    {
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            keys_.push_back(reference::keys(metric, precision, scene, anchor, among));
        }
    }

    /// What is wrong with a table of the first k; empty if nothing is.
    [[nodiscard]] std::string fault(const Found& table, Index k) const
    {
        const Index rows = table.indices.rows();
        if (rows != scene_.anchors.size() || table.indices.cols() != k || table.values.rows() != rows ||
            table.values.cols() != k) {
            return "the table has the wrong size";
        }
        Index valid = 0, non_finite = 0, tuples = 0;
        for (Index anchor = 0; anchor < rows; ++anchor) {
            const std::vector<Key>& keys = keys_[static_cast<std::size_t>(anchor)];
            const std::string where = "anchor " + std::to_string(anchor) + ": ";
            std::vector<Index> found;
            for (Index rank = 0; rank < k; ++rank) {
                if (rank >= table.counts[static_cast<std::size_t>(anchor)]) {
                    if (table.indices(anchor, rank) != -1 || table.values(anchor, rank) != 0) {
                        return where + "the rest of the row is not -1 with value 0";
                    }
                    continue;
                }
                found.push_back(table.indices(anchor, rank));
                const auto key = std::find_if(keys.begin(), keys.end(),
                                              [&](const Key& each) { return each.candidate == found.back(); });
                if (key == keys.end()) {
                    return where + "row " + std::to_string(found.back()) + " is no candidate";
                }
                if (!mining::is_value(metric_, table.values(anchor, rank), *key)) {
                    return where + "the value of row " + std::to_string(found.back()) + " is " +
                           std::to_string(table.values(anchor, rank));
                }
            }
            if (!reference::are_first_of(scene_, keys, static_cast<std::size_t>(k), found)) {
                return where + "these are not the first " + std::to_string(k);
            }
            valid += found.empty() ? 0 : 1;
            non_finite += reference::is_finite_row(scene_.anchors.rows, anchor) ? 0 : 1;
            tuples += static_cast<Index>(found.size());
        }
        const mohs::Report& report = table.report;
        if (report.anchors != rows || report.valid != valid || report.non_finite != non_finite ||
            report.tuples != tuples ||
            report.valid + report.no_positive + report.no_negative + report.non_finite != report.anchors) {
            return "report: anchors are not valid or under exactly one reason";
        }
        if ((among_ == Among::positives ? report.no_negative : report.no_positive) != 0) {
            return "report: skipped for the wrong reason";
        }
        return {};
    }

private:
    Metric metric_;
    Scene scene_;
    Among among_;
    std::vector<std::vector<Key>> keys_;
};

/// Searches a scene for the first k of every relation.
using Search = std::function<Found(const Scene& scene, Among among, Index k, const Options& options)>;

template <class Scalar, class M>
Search search_with(M metric)
{
    return [metric](const Scene& scene, Among among, Index k, const Options& options) {
        const reference::Owned<Scalar> anchors(scene.anchors), candidates(scene.candidates);
        const mohs::NearestNeighbours neighbours{metric, {.k = k, .among = among}};
        return found_of(scene.self ? neighbours(anchors.batch(), options)
                                   : neighbours(anchors.batch(), candidates.batch(), options));
    };
}

/// What there is to test of one metric and scalar.
struct Subject {
    Metric metric;
    Precision precision;
    Data (*rounded)(Data);
    std::vector<Index> (*edge_sizes)();
    Search search;
};

std::string fault(const Subject& subject, const Scene& scene, Among among, const std::vector<Index>& ks)
{
    const Expected expected(subject.metric, subject.precision, scene, among);
    for (const Index k : ks) {
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            const std::string wrong = expected.fault(subject.search(scene, among, k, {.isa = level, .threads = 1}), k);
            if (!wrong.empty()) {
                return mining::name_of(scene, level) + "k = " + std::to_string(k) + " of " + name_of(among) + ": " +
                       wrong;
            }
        }
    }
    return {};
}

/// All kinds of data at one size, and one kind at all sizes, for every relation.
std::string fault(const Subject& subject, bool self)
{
    std::string wrong;
    const std::vector<Data> anchors = reference::all_kinds(47, 7), candidates = reference::all_kinds(52, 7);
    for (const Among among : all_relations) {
        for (std::size_t i = 0; i < anchors.size(); ++i) {
            const Data queries = subject.rounded(anchors[i]), gallery = subject.rounded(candidates[i]);
            wrong += fault(subject, self ? Scene(queries) : Scene(queries, gallery), among, {1, 2, 10, 47, 52, 57});
        }
        for (const Index size : subject.edge_sizes()) {
            const Data data = reference::two_classes(size, 4), other = reference::two_classes((size + 1) / 2, 4, 81);
            wrong += fault(subject, self ? Scene(data) : Scene(data, other), among, {3});
            wrong += self ? "" : fault(subject, Scene(other, data), among, {3});
        }
    }
    return wrong;
}

template <class Scalar, class M>
std::string fault(M metric, bool self)
{
    using T = typename mohs::Batch<Scalar>::Compute;
    return fault(Subject{reference::metric_of<M>, reference::precision_of<T>, reference::rounded_to<Scalar>,
                         mining::edge_sizes<T>, search_with<Scalar>(metric)},
                 self);
}

template <class M>
bool same_neighbours(const mohs::Neighbours<M>& a, const mohs::Neighbours<M>& b)
{
    return a.indices() == b.indices() && a.values() == b.values() && a.report.valid == b.report.valid;
}

}

TEMPLATE_LIST_TEST_CASE("the nearest neighbours within a batch", "", mining::Metrics)
{
    CHECK(fault<float>(TestType{}, true) == "");
}

TEMPLATE_LIST_TEST_CASE("the nearest neighbours in a gallery", "", mining::Metrics)
{
    CHECK(fault<float>(TestType{}, false) == "");
}

TEST_CASE("the nearest neighbours of double rows")
{
    CHECK(fault<double>(mohs::Euclidean{}, true) == "");
    CHECK(fault<double>(mohs::Euclidean{}, false) == "");
}

TEST_CASE("neighbours at equal distance are ordered by row")
{
    // All scores are exact, and many of them equal: nothing but the definition's own order is right.
    const Data data = mining::integers();
    const reference::Owned<float> owned(data);
    const Scene scene(data);
    const auto check = [&](auto metric) {
        using M = decltype(metric);
        for (const Among among : all_relations) {
            for (const Index k : {1, 2, 10, 74}) {
                for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
                    const auto table = mohs::NearestNeighbours{metric, {.k = k, .among = among}}(
                        owned.batch(), {.isa = level, .threads = 1});
                    Index wrong = 0;
                    for (Index anchor = 0; anchor < data.size(); ++anchor) {
                        std::vector<Key> keys = mining::integer_keys(reference::metric_of<M>, scene, anchor, among);
                        std::sort(keys.begin(), keys.end(), reference::ranks_before);
                        for (Index rank = 0; rank < std::min<Index>(k, static_cast<Index>(keys.size())); ++rank) {
                            wrong +=
                                table.index(anchor, rank) != keys[static_cast<std::size_t>(rank)].candidate ? 1 : 0;
                        }
                    }
                    INFO(name_of(among) << ", k = " << k << ", " << mohs::to_string(level));
                    CHECK(wrong == 0);
                }
            }
        }
    };
    check(mohs::DotProduct{});
    check(mohs::Euclidean{});
    check(mohs::SquaredEuclidean{});
}

TEST_CASE("the neighbours of points on a line")
{
    const mohs::Matrix rows{{0}, {1}, {3}, {7}, {8}};
    const std::vector<int> labels{1, 1, 2, 2, 2};
    const mohs::Batch batch(rows, labels);
    const auto everyone = mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 2}}(batch);
    CHECK(everyone.indices() == mohs::MatrixOf<Index>{{1, 2}, {0, 2}, {1, 0}, {4, 2}, {3, 2}});
    CHECK(everyone.values() == mohs::MatrixOf<double>{{1, 3}, {1, 2}, {2, 3}, {1, 4}, {1, 5}});
    const auto positives = mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 2, .among = Among::positives}}(batch);
    CHECK(positives.indices() == mohs::MatrixOf<Index>{{1, -1}, {0, -1}, {3, 4}, {4, 2}, {3, 2}});
    CHECK(positives.count(0) == 1);
    CHECK(positives.count(2) == 2);
    const auto negatives = mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 2, .among = Among::negatives}}(batch);
    CHECK(negatives.indices() == mohs::MatrixOf<Index>{{2, 3}, {2, 3}, {1, 0}, {1, 0}, {1, 0}});
    CHECK(mohs::NearestNeighbours{mohs::Euclidean{}, {}}(batch).k() == 10);
}

TEST_CASE("without labels there are no positives and everyone else is a negative")
{
    const Data data = reference::unlabelled(reference::gaussian(30, 5));
    const reference::Owned<float> owned(data);
    const auto positives = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 3, .among = Among::positives}}(owned.batch());
    CHECK((positives.indices().array() == -1).all());
    CHECK(positives.report.no_positive == 30);
    CHECK(positives.report.valid == 0);
    const auto negatives = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 3, .among = Among::negatives}}(owned.batch());
    CHECK(same_neighbours(negatives,
                          mohs::NearestNeighbours{mohs::Cosine{}, {.k = 3, .among = Among::everyone}}(owned.batch())));
    CHECK(negatives.report.valid == 30);
}

TEST_CASE("a copy of the batch as gallery gives the neighbours of the batch itself")
{
    for (const Data& plain : reference::all_kinds(60, 9)) {
        const Data data = plain.ids.empty() ? reference::with_row_ids(plain) : plain;
        const reference::Owned<float> owned(plain), queries(data), gallery(data);
        for (const Among among : all_relations) {
            INFO(plain.name << ", " << name_of(among));
            const mohs::NearestNeighbours neighbours{mohs::Euclidean{}, {.k = 6, .among = among}};
            CHECK(same_neighbours(neighbours(queries.batch(), gallery.batch()), neighbours(owned.batch())));
        }
    }
}

TEST_CASE("the one nearest neighbour is of another sample, however many rows of the own one are nearer")
{
    // Rows in pairs of one sample at one place, on a line; 200 of them fill whole panels.
    Data data = reference::gaussian(200, 1, 87);
    data.ids.clear();
    for (Index row = 0; row < 200; ++row) {
        data.rows(row, 0) = static_cast<double>(row / 2);
        data.ids.push_back(row / 2);
    }
    const reference::Owned<float> owned(data);
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const auto found =
            mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 1}}(owned.batch(), {.isa = level, .threads = 1});
        for (Index row = 0; row < 200; ++row) {
            INFO(mohs::to_string(level) << ", " << row);
            // The sample before, and of its two rows the first.
            REQUIRE(found.indices()(row, 0) == (row < 2 ? 2 : row / 2 * 2 - 2));
            REQUIRE(found.values()(row, 0) == 1);
        }
    }
}

TEST_CASE("neighbours of candidates that come closer and closer")
{
    // Candidates in falling and in rising order of their distance: the list is never replaced, and replaced all the
    // time.
    mohs::Matrix rising(500, 1);
    for (Index row = 0; row < 500; ++row) {
        rising(row, 0) = static_cast<float>(row);
    }
    const mohs::Matrix falling = rising.colwise().reverse(), query{{-1}, {600}};
    for (const Index k : {1, 2, 7, 10, 100, 499, 500}) {
        const mohs::NearestNeighbours neighbours{mohs::Euclidean{}, {.k = k}};
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            const Options options{.isa = level, .threads = 1};
            const auto up = neighbours(mohs::Batch(query), mohs::Batch(rising), options),
                       down = neighbours(mohs::Batch(query), mohs::Batch(falling), options);
            const auto ascending = Eigen::VectorX<Index>::LinSpaced(k, 0, k - 1).transpose().eval();
            const Eigen::RowVectorX<Index> descending = Eigen::RowVectorX<Index>::Constant(k, 499) - ascending;
            CHECK(up.indices().row(0) == ascending);
            CHECK(up.indices().row(1) == descending);
            CHECK(down.indices().row(0) == descending);
            CHECK(down.indices().row(1) == ascending);
        }
    }
}

TEST_CASE("neighbours are the same bits for any threads and executor", "[threads]")
{
    const reference::Owned<float> owned(reference::clustered(600, 9)), gallery(reference::duplicates(400, 9));
    for (const Among among : all_relations) {
        const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = 7, .among = among}};
        const auto self = neighbours(owned.batch(), {.threads = 1}),
                   other = neighbours(owned.batch(), gallery.batch(), {.threads = 1});
        for (const Options& options : {Options{.threads = 2, .executor = reference::thread_executor(2)},
                                       Options{.threads = 3, .executor = reference::thread_executor(3)},
                                       Options{.executor = reference::backward_executor()}}) {
            CHECK(same_neighbours(neighbours(owned.batch(), options), self));
            CHECK(same_neighbours(neighbours(owned.batch(), gallery.batch(), options), other));
        }
    }
}

TEST_CASE("neighbours are the same bits for any number of OpenMP threads")
{
    const reference::Owned<float> owned(reference::clustered(600, 9));
    const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = 7}};
    const auto serial = neighbours(owned.batch(), {.threads = 1});
    for (const int threads : {0, 2, 3}) {
        CHECK(same_neighbours(neighbours(owned.batch(), {.threads = threads}), serial));
    }
}

TEST_CASE("a workspace and a used table change nothing")
{
    mohs::Workspace workspace;
    mohs::Neighbours<mohs::Cosine> table;
    for (const Index size : {120, 5, 0, 60}) {
        for (const Index k : {3, 11}) {
            const reference::Owned<float> owned(reference::clustered(size, 6)),
                gallery(reference::clustered(50, 6, 82));
            const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = k}};
            neighbours(owned.batch(), workspace, table);
            CHECK(same_neighbours(table, neighbours(owned.batch())));
            CHECK(table.report.anchors == size);
            neighbours(owned.batch(), gallery.batch(), workspace, table);
            CHECK(same_neighbours(table, neighbours(owned.batch(), gallery.batch())));
        }
    }
}

TEST_CASE("neighbours do not depend on the layout of the rows")
{
    const Data data = reference::clustered(59, 11);
    const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = 5}};
    const reference::Owned<float> owned(data);
    const auto expected = neighbours(owned.batch());
    const Eigen::MatrixXf columns = data.as<float>(), turned = columns.transpose();
    CHECK(same_neighbours(neighbours(mohs::Batch(columns, data.labels)), expected));
    CHECK(same_neighbours(neighbours(mohs::Batch(turned.transpose(), data.labels)), expected));
}

TEST_CASE("a neighbour search tells its metric")
{
    STATIC_REQUIRE(std::is_same_v<decltype(mohs::NearestNeighbours{mohs::Cosine{}, {.k = 1}}.metric()), mohs::Cosine>);
}
