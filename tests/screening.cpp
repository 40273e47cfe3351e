#include "allocations.hpp"
#include "detail/screened.hpp"
#include "visitors.hpp"

#include <mohs/mohs.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <tuple>
#include <vector>

using mohs::Among;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Options;
using mohs::Role;
using reference::Data;
using reference::Metric;
using reference::Table;

namespace {

using Rows = mohs::Batch<float>;

/// What was found, with the bits of its values.
struct Found {
    std::vector<Index> rows;
    std::vector<std::uint64_t> values;
    std::vector<Index> counts;
    friend bool operator==(const Found&, const Found&) = default;
};

void add_report(Found& found, const mohs::Report& report)
{
    found.counts.insert(found.counts.end(), {report.anchors, report.valid, report.no_positive, report.no_negative,
                                             report.non_finite, report.tuples});
}

/// Something that scans: a batch against itself where there is no gallery.
template <class Scalar>
using Verb = std::function<Found(const mohs::Batch<Scalar>& batch, const mohs::Batch<Scalar>* gallery,
                                 const Options& options, mohs::Workspace& workspace)>;

template <class Scalar, class M, class Positive, class Negative, class... Filters>
Verb<Scalar> mining(mohs::TripletMiner<M, Positive, Negative, Filters...> miner)
{
    return [miner](const mohs::Batch<Scalar>& batch, const mohs::Batch<Scalar>* gallery, const Options& options,
                   mohs::Workspace& workspace) {
        mohs::Triplets<M> triplets;
        if (gallery == nullptr) {
            miner(batch, workspace, triplets, options);
        } else {
            miner(batch, *gallery, workspace, triplets, options);
        }
        Found found;
        for (Index i = 0; i < triplets.size(); ++i) {
            found.rows.insert(found.rows.end(),
                              {triplets.anchors()[i], triplets.positives()[i], triplets.negatives()[i]});
            for (const double value : {triplets.positive_values()[i], triplets.negative_values()[i]}) {
                found.values.push_back(std::bit_cast<std::uint64_t>(value));
            }
        }
        add_report(found, triplets.report);
        found.counts.insert(found.counts.end(), triplets.report.rejected.begin(), triplets.report.rejected.end());
        return found;
    };
}

template <class M>
Verb<float> searching(M metric, Index k, Among among)
{
    return [=](const Rows& batch, const Rows* gallery, const Options& options, mohs::Workspace& workspace) {
        const mohs::NearestNeighbours neighbours{metric, {.k = k, .among = among}};
        mohs::Neighbours<M> table;
        if (gallery == nullptr) {
            neighbours(batch, workspace, table, options);
        } else {
            neighbours(batch, *gallery, workspace, table, options);
        }
        Found found;
        for (Index row = 0; row < table.rows(); ++row) {
            for (Index rank = 0; rank < k; ++rank) {
                found.rows.push_back(table.index(row, rank));
                found.values.push_back(std::bit_cast<std::uint64_t>(table.values()(row, rank)));
            }
        }
        add_report(found, table.report);
        return found;
    };
}

/// Takes candidates of an even row alone: a predicate of the user's.
struct BestEven : visitors::Best<Among::everyone> {
    template <class T>
    bool admits(mohs::Anchor, mohs::Candidate candidate, T) const
    {
        return candidate.row % 2 == 0;
    }
};

template <class V, class M>
Verb<float> scanning(M metric)
{
    return [metric](const Rows& batch, const Rows* gallery, const Options& options, mohs::Workspace& workspace) {
        V visitor;
        gallery == nullptr ? mohs::scan(batch, metric, visitor, options, workspace)
                           : mohs::scan(batch, *gallery, metric, visitor, options, workspace);
        Found found{visitor.best, {}, {}};
        for (const double score : visitor.score_of) {
            found.values.push_back(std::bit_cast<std::uint64_t>(score));
        }
        return found;
    };
}

const Verb<float>& hardest_cosine()
{
    static const Verb<float> verb =
        mining<float>(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}});
    return verb;
}
const Verb<float>& hardest_euclidean()
{
    static const Verb<float> verb =
        mining<float>(mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{}});
    return verb;
}
const Verb<float>& hardest_dot()
{
    static const Verb<float> verb =
        mining<float>(mohs::TripletMiner{mohs::DotProduct{}, mohs::HardestPositive{}, mohs::HardestNegative{}});
    return verb;
}
const Verb<float>& easiest_squared()
{
    static const Verb<float> verb =
        mining<float>(mohs::TripletMiner{mohs::SquaredEuclidean{}, mohs::EasiestPositive{}, mohs::HardestNegative{}});
    return verb;
}
const Verb<float>& easiest_cosine()
{
    static const Verb<float> verb =
        mining<float>(mohs::TripletMiner{mohs::Cosine{}, mohs::EasiestPositive{}, mohs::HardestNegative{}});
    return verb;
}

/// Levels that are screened; all where none is, so that the option is at least harmless.
std::vector<IsaLevel> screened_levels()
{
    const std::vector<IsaLevel> result = screened::levels();
    return result.empty() ? std::vector{mohs::available_isa_levels().back()} : result;
}

template <class Scalar>
bool same_with(const Verb<Scalar>& verb, const mohs::Batch<Scalar>& batch, const mohs::Batch<Scalar>* gallery,
               Options options)
{
    mohs::Workspace workspace;
    options.screening = mohs::Screening::off;
    const Found plain = verb(batch, gallery, options, workspace);
    options.screening = mohs::Screening::on;
    return verb(batch, gallery, options, workspace) == plain;
}

bool same_at_levels(const Verb<float>& verb, const Rows& batch, const Rows* gallery = nullptr)
{
    for (const IsaLevel level : screened_levels()) {
        if (!same_with(verb, batch, gallery, {.isa = level, .threads = 1})) {
            return false;
        }
    }
    return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Data

constexpr Index size = 1600;

/// Numbers that are 1 or -1: all scores are exact, and every anchor has several best candidates.
Data signs(Index rows, Index dimension, std::uint64_t seed)
{
    Data data = reference::gaussian(rows, dimension, seed);
    data.name = "signs";
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = data.rows.data()[i] < 0 ? -1 : 1;
    }
    // Rows of several classes that differ in a few signs only: scores near the best, and many of them.
    for (Index i = 0; i < rows; ++i) {
        if (i % 4 != 0) {
            data.rows.row(i) = data.rows.row(i - i % 4);
            data.rows(i, i % dimension) *= -1;
        }
    }
    return data;
}

const std::vector<Data>& all_data()
{
    static const std::vector<Data> all = [] {
        std::vector<Data> result = reference::all_kinds(size, 64);
        result.push_back(signs(size, 64, 74));
        result.push_back(screened::hidden_signs(signs(size, 64, 71)));
        result.push_back(screened::collapsed(size, 64, 72));
        result.push_back(screened::with_outlier_column(reference::gaussian(size, 64, 73), 1000));
        return result;
    }();
    return all;
}

// ---------------------------------------------------------------------------------------------------------------------
// The oracle

/// Squared distances, negated, or similarities, of all pairs: bigger is closer.
Table closeness(Metric metric, const Data& anchors, const Data& candidates)
{
    Table a = anchors.rows, b = candidates.rows;
    if (metric.normalised) {
        a.rowwise().normalize();
        b.rowwise().normalize();
    }
    Table result = a * b.transpose();
    if (!metric.similarity) {
        result *= 2;
        result.colwise() -= a.rowwise().squaredNorm();
        result.rowwise() -= b.rowwise().squaredNorm().transpose();
    }
    return result;
}

/// Whether `found`, k rows per anchor, are the closest of the candidates that `wanted` holds, best first, but for ties
/// within rounding.
bool are_closest(const Table& closeness, const std::function<bool(Index, Index)>& wanted,
                 const std::vector<Index>& found, Index k)
{
    const double slack = 1e-5 * closeness.cwiseAbs().maxCoeff();
    for (Index anchor = 0; anchor < closeness.rows(); ++anchor) {
        std::vector<double> all;
        for (Index candidate = 0; candidate < closeness.cols(); ++candidate) {
            if (wanted(anchor, candidate)) {
                all.push_back(closeness(anchor, candidate));
            }
        }
        std::partial_sort(all.begin(), all.begin() + k, all.end(), std::greater<>());
        std::vector<Index> rows(found.begin() + anchor * k, found.begin() + (anchor + 1) * k);
        for (Index rank = 0; rank < k; ++rank) {
            const Index row = rows[static_cast<std::size_t>(rank)];
            if (row < 0 || !wanted(anchor, row) ||
                !(std::abs(closeness(anchor, row) - all[static_cast<std::size_t>(rank)]) <= slack)) {
                return false;
            }
        }
        std::sort(rows.begin(), rows.end());
        if (std::adjacent_find(rows.begin(), rows.end()) != rows.end()) {
            return false;
        }
    }
    return true;
}

/// The negatives of triplets, one per anchor.
std::vector<Index> negatives_of(const Found& found)
{
    std::vector<Index> result;
    for (std::size_t i = 2; i < found.rows.size(); i += 3) {
        result.push_back(found.rows[i]);
    }
    return result;
}

/// Throws when it has been offered a number of candidates.
struct Throws : visitors::Best<Among::everyone> {
    int left;

    explicit Throws(int after) : left(after) {}
    template <class T>
    T accept(mohs::Anchor anchor, mohs::Candidate candidate, T score, T threshold)
    {
        if (--left < 0) {
            throw std::runtime_error("enough");
        }
        return visitors::Best<Among::everyone>::accept(anchor, candidate, score, threshold);
    }
};

}  // namespace

TEST_CASE("screened miners find the same bits in a batch of any kind")
{
    for (const Data& data : all_data()) {
        const reference::Owned<float> owned(data);
        if (data.labels.empty()) {
            continue;
        }
        INFO(data.name);
        CHECK(same_at_levels(hardest_cosine(), owned.batch()));
        CHECK(same_at_levels(hardest_euclidean(), owned.batch()));
        CHECK(same_at_levels(easiest_squared(), owned.batch()));
        CHECK(same_at_levels(hardest_dot(), owned.batch()));
    }
}

TEST_CASE("screened searches and selectors find the same bits in a batch of any kind")
{
    const auto one = searching(mohs::Euclidean{}, 1, Among::everyone),
               ten = searching(mohs::Cosine{}, 10, Among::negatives),
               hundred = searching(mohs::Euclidean{}, 100, Among::negatives),
               everyone = searching(mohs::Cosine{}, 100, Among::everyone),
               best = scanning<visitors::Best<Among::negatives>>(mohs::Cosine{}),
               even = scanning<BestEven>(mohs::Euclidean{});
    for (const Data& data : all_data()) {
        const reference::Owned<float> owned(data);
        INFO(data.name);
        CHECK(same_at_levels(one, owned.batch()));
        CHECK(same_at_levels(ten, owned.batch()));
        CHECK(same_at_levels(best, owned.batch()));
        CHECK(same_at_levels(even, owned.batch()));
        if (data.name == "gaussian" || data.name == "duplicates" || data.name == "signs") {
            CHECK(same_at_levels(hundred, owned.batch()));
            CHECK(same_at_levels(everyone, owned.batch()));
        }
    }
}

TEST_CASE("screened scans find the same bits in a gallery")
{
    const auto ten = searching(mohs::Cosine{}, 10, Among::everyone);
    const auto best = scanning<visitors::Best<Among::negatives>>(mohs::Euclidean{});
    for (const Data& data : all_data()) {
        const reference::Owned<float> gallery(data);
        for (const Index rows : {63, 64, 65, 72, 97}) {
            // Some queries are rows of the gallery, so that ties and near-duplicates meet.
            const Data queries = reference::permuted(data, reference::shuffled_rows(rows, 75));
            const reference::Owned<float> owned(queries);
            const Rows others = gallery.batch();
            INFO(data.name << ", " << rows);
            CHECK(same_at_levels(ten, owned.batch(), &others));
            CHECK(same_at_levels(best, owned.batch(), &others));
            if (!data.labels.empty()) {
                CHECK(same_at_levels(hardest_euclidean(), owned.batch(), &others));
                CHECK((rows <= 65 || same_at_levels(easiest_cosine(), owned.batch(), &others)));
                CHECK((rows <= 65 || same_at_levels(hardest_dot(), owned.batch(), &others)));
            }
        }
    }
}

TEST_CASE("screened scans find the closest rows")
{
    const Options options{.threads = 1, .screening = mohs::Screening::on};
    mohs::Workspace workspace;
    for (const Data& data : {reference::gaussian(size, 64, 76), reference::clustered(size, 67, 77),
                             reference::duplicates(size, 64, 78), screened::collapsed(size, 64, 72)}) {
        const reference::Owned<float> owned(data);
        const auto negative = [&](Index a, Index b) {
            return data.labels[static_cast<std::size_t>(a)] != data.labels[static_cast<std::size_t>(b)];
        };
        const auto other = [](Index a, Index b) { return a != b; };
        INFO(data.name);
        const Table cosine = closeness(reference::metric_of<mohs::Cosine>, data, data),
                    euclidean = closeness(reference::metric_of<mohs::Euclidean>, data, data),
                    dot = closeness(reference::metric_of<mohs::DotProduct>, data, data);
        const auto check = [&](const Verb<float>& verb, const Table& close) {
            const Found found = verb(owned.batch(), nullptr, options, workspace);
            REQUIRE(found.rows.size() == static_cast<std::size_t>(3 * size));
            CHECK(are_closest(close, negative, negatives_of(found), 1));
        };
        check(hardest_cosine(), cosine);
        check(easiest_cosine(), cosine);
        check(hardest_euclidean(), euclidean);
        check(easiest_squared(), euclidean);
        check(hardest_dot(), dot);
        for (const Index k : {1, 10, 100}) {
            CHECK(are_closest(
                euclidean, other,
                searching(mohs::Euclidean{}, k, Among::everyone)(owned.batch(), nullptr, options, workspace).rows, k));
            CHECK(are_closest(
                cosine, negative,
                searching(mohs::Cosine{}, k, Among::negatives)(owned.batch(), nullptr, options, workspace).rows, k));
        }
    }
}

TEST_CASE("screened scans find the same bits for any number of rows and columns", "[kernel]")
{
    for (const Index rows : {1535, 1536, 1537, 1559, 1560, 1561, 1583, 1584, 1585}) {
        const reference::Owned<float> owned(reference::clustered(rows, 64, 79));
        INFO(rows << " rows");
        CHECK(same_at_levels(hardest_cosine(), owned.batch()));
        CHECK(same_at_levels(hardest_euclidean(), owned.batch()));
    }
    for (const Index dimension : {63, 64, 65, 66, 67, 128, 200}) {
        const reference::Owned<float> owned(reference::clustered(1550, dimension, 80));
        INFO(dimension << " columns");
        CHECK(same_at_levels(hardest_cosine(), owned.batch()));
        CHECK(same_at_levels(easiest_squared(), owned.batch()));
    }
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const reference::Owned<float> owned(reference::clustered(1540, 64, 81));
        INFO(mohs::to_string(level));
        CHECK(same_with<float>(hardest_euclidean(), owned.batch(), nullptr, {.isa = level, .threads = 1}));
    }
}

TEST_CASE("screened scans find the same bits with roles and relations and unknown labels and ids")
{
    const Data data = reference::clustered(size, 64, 82);
    const Data identified = reference::with_shared_ids(data, 83);
    const reference::Owned<float> owned(data), with_ids(identified),
        gallery_with_ids(reference::with_shared_ids(reference::clustered(1700, 64, 84), 85));
    std::vector<Role> roles;
    for (Index row = 0; row < size; ++row) {
        roles.push_back(row % 5 == 0 ? Role::anchor : row % 7 == 0 ? Role::negative : Role::any);
    }
    std::vector<std::vector<Index>> sets;
    for (Index row = 0; row < size; ++row) {
        sets.push_back({row % 40, row % 33});
    }
    const mohs::Relation relation = mohs::Relation::label_sets(sets);
    const Rows gallery = gallery_with_ids.batch();
    for (const Verb<float>& verb :
         {hardest_cosine(), hardest_euclidean(), searching(mohs::Cosine{}, 10, Among::negatives)}) {
        CHECK(same_at_levels(verb, owned.batch().with_roles(roles)));
        CHECK(same_at_levels(verb, owned.batch().related_by(relation)));
        CHECK(same_at_levels(verb, owned.batch().with_unknown_label(3)));
        CHECK(same_at_levels(verb, with_ids.batch()));
        CHECK(same_at_levels(verb, with_ids.batch(), &gallery));
    }
}

TEST_CASE("the nearest negative of another sample is found where screening meets nearer ones of the same sample")
{
    // Rows of one sample are copies of one another under other labels: nearest, and never wanted.
    Data data = reference::gaussian(size, 64, 86);
    for (Index row = 0; row < size; ++row) {
        data.labels[static_cast<std::size_t>(row)] = row;
        data.ids.push_back(row % 400);
        data.rows.row(row) = data.rows.row(row % 400);
    }
    const reference::Owned<float> owned(data);
    const auto best = scanning<visitors::Best<Among::negatives>>(mohs::Cosine{});
    CHECK(same_at_levels(best, owned.batch()));
    mohs::Workspace workspace;
    const Found found = best(owned.batch(), nullptr, {.threads = 1, .screening = mohs::Screening::on}, workspace);
    const Table cosine = closeness(reference::metric_of<mohs::Cosine>, data, data);
    CHECK(are_closest(
        cosine, [](Index a, Index b) { return a % 400 != b % 400; }, found.rows, 1));
}

TEST_CASE("screening changes nothing for filters and other scalars and layouts")
{
    const Data data = reference::clustered(size, 64, 87);
    const reference::Owned<float> owned(data);
    CHECK(same_at_levels(mining<float>(mohs::TripletMiner{mohs::Cosine{}, mohs::EasiestPositive{},
                                                          mohs::HardestNegative{}, mohs::ExcludeNearDuplicates{0.9}}),
                         owned.batch()));
    const reference::Owned<double> wide(data);
    const reference::Owned<Eigen::half> half(reference::rounded_to<Eigen::half>(data));
    for (const IsaLevel level : screened_levels()) {
        const Options options{.isa = level, .threads = 1};
        CHECK(same_with<double>(
            mining<double>(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}}),
            wide.batch(), nullptr, options));
        CHECK(same_with<Eigen::half>(
            mining<Eigen::half>(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}}),
            half.batch(), nullptr, options));
    }
    const Eigen::MatrixXf columns = data.as<float>();
    const Options screened{.threads = 1, .screening = mohs::Screening::on}, plain{.threads = 1};
    mohs::Workspace workspace;
    CHECK(hardest_cosine()(Rows(columns, data.labels), nullptr, screened, workspace) ==
          hardest_cosine()(owned.batch(), nullptr, plain, workspace));
}

TEST_CASE("screened scans find the same bits with any threads")
{
    const reference::Owned<float> owned(reference::duplicates(2000, 64, 88)),
        queries(reference::clustered(300, 64, 89));
    const Rows gallery = owned.batch();
    for (const Verb<float>& verb : {hardest_cosine(), searching(mohs::Euclidean{}, 10, Among::everyone)}) {
        mohs::Workspace workspace;
        const Found self = verb(owned.batch(), nullptr, {.threads = 1}, workspace),
                    other = verb(queries.batch(), &gallery, {.threads = 1}, workspace);
        for (const Options& options :
             {Options{.threads = 1, .screening = mohs::Screening::on},
              Options{.threads = 2, .screening = mohs::Screening::on},
              Options{.threads = 3, .screening = mohs::Screening::on},
              Options{.executor = reference::backward_executor(), .screening = mohs::Screening::on},
              Options{.threads = 3, .executor = reference::thread_executor(3), .screening = mohs::Screening::on}}) {
            CHECK(verb(owned.batch(), nullptr, options, workspace) == self);
            CHECK(verb(queries.batch(), &gallery, options, workspace) == other);
        }
    }
}

TEST_CASE("threads of an executor that screen do not meet", "[threads]")
{
    const reference::Owned<float> owned(reference::clustered(1540, 64, 90)), queries(reference::clustered(200, 64, 91));
    const Rows gallery = owned.batch();
    mohs::Workspace workspace;
    const Options threads{.threads = 3, .executor = reference::thread_executor(3), .screening = mohs::Screening::on};
    CHECK(hardest_cosine()(owned.batch(), nullptr, threads, workspace) ==
          hardest_cosine()(owned.batch(), nullptr, {.threads = 1}, workspace));
    CHECK(hardest_cosine()(queries.batch(), &gallery, threads, workspace) ==
          hardest_cosine()(queries.batch(), &gallery, {.threads = 1}, workspace));
}

TEST_CASE("a workspace that was used for other batches does not change what a screened scan finds")
{
    mohs::Workspace workspace;
    for (const Index rows : {1800, 1536, 100, 1700, 1801}) {
        for (const Index dimension : {64, 70}) {
            const Data data = reference::clustered(rows, dimension, 92);
            const reference::Owned<float> owned(data);
            mohs::Workspace fresh;
            INFO(rows << " rows of " << dimension);
            CHECK(hardest_euclidean()(owned.batch(), nullptr, {.threads = 2, .screening = mohs::Screening::on},
                                      workspace) == hardest_euclidean()(owned.batch(), nullptr, {.threads = 1}, fresh));
        }
    }
}

TEST_CASE("a screened step with a workspace does not allocate after warm-up")
{
    const reference::Owned<float> owned(reference::clustered(1600, 64, 93)), queries(reference::clustered(200, 64, 94));
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const Rows batch = owned.batch(), few = queries.batch();
    mohs::Workspace workspace;
    mohs::Triplets<mohs::Cosine> triplets;
    for (Options options : {Options{.threads = 1}, Options{.threads = 2}}) {
        options.screening = mohs::Screening::on;
        const auto step = [&] {
            miner(batch, workspace, triplets, options);
            miner(few, batch, workspace, triplets, options);
        };
        step();
        step();
        const std::size_t before = allocations::count();
        step();
        step();
        CHECK(allocations::count() == before);
    }
}

TEST_CASE("an exception of a selector ends a screened scan and reaches the caller")
{
    const reference::Owned<float> owned(reference::gaussian(size, 64, 95));
    mohs::Workspace workspace;
    for (const int threads : {1, 2}) {
        // In the first tiles, which are computed, and later, when hits are scored.
        for (const int after : {0, 1000, 3000}) {
            Throws selector(after);
            const Options options{.threads = threads, .screening = mohs::Screening::on};
            CHECK_THROWS_AS(mohs::scan(owned.batch(), mohs::Cosine{}, selector, options, workspace),
                            std::runtime_error);
        }
    }
    CHECK(hardest_cosine()(owned.batch(), nullptr, {.threads = 1, .screening = mohs::Screening::on}, workspace) ==
          hardest_cosine()(owned.batch(), nullptr, {.threads = 1}, workspace));
}
