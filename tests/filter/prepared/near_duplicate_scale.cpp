// Covers filter/exclude_close_rows.hpp.

#include <mohs/filter/prepared/near_duplicate_scale.hpp>

#include "../everywhere.hpp"

#include <cmath>
#include <limits>

namespace {

using mohs::Index;
using reference::Data;
using reference::Scene;
using reference::Table;

double distance(const Table& a, Index i, const Table& b, Index j, bool normalised)
{
    const Eigen::RowVectorXd x = normalised ? reference::unit(a.row(i)) : Eigen::RowVectorXd(a.row(i)),
                             y = normalised ? reference::unit(b.row(j)) : Eigen::RowVectorXd(b.row(j));
    return (x - y).norm();
}

/// The median by definition; -1 without any.
double median_of(const Data& data, bool normalised)
{
    std::vector<double> nearest;
    for (Index i = 0; i < data.size(); ++i) {
        double least = -1;
        for (Index j = 0; j < data.size(); ++j) {
            const bool same = i == j || (!data.ids.empty() && data.ids[static_cast<std::size_t>(i)] ==
                                                                  data.ids[static_cast<std::size_t>(j)]);
            if (!same && reference::is_finite_row(data.rows, i) && reference::is_finite_row(data.rows, j)) {
                const double value = distance(data.rows, i, data.rows, j, normalised);
                least = least < 0 ? value : std::min(least, value);
            }
        }
        if (least >= 0) {
            nearest.push_back(least);
        }
    }
    std::sort(nearest.begin(), nearest.end());
    const std::size_t size = nearest.size();
    return size == 0 ? -1 : size % 2 == 1 ? nearest[size / 2] : (nearest[size / 2 - 1] + nearest[size / 2]) / 2;
}

template <class M>
void check_scale(const Data& data)
{
    const reference::Owned<float> owned(data);
    const double right = median_of(data, reference::is_normalised<M>);
    const auto scale = mohs::near_duplicate_scale(M{}, owned.batch());
    CAPTURE(data.name, M::name);
    CHECK(scale.median == Approx(std::max(0.0, right)).epsilon(1e-5).margin(1e-7));
    for (const int threads : {2, 5}) {
        const mohs::Options how{.threads = threads, .executor = reference::thread_executor(threads)};
        CHECK(mohs::near_duplicate_scale(M{}, owned.batch(), how).median == scale.median);
    }
}

/// What near-duplicates within `share` of the scale are, pair by pair.
template <class M>
std::vector<std::pair<Index, Index>> rejected_pairs(const Data& data, double share)
{
    const reference::Owned<double> owned(data);
    const auto filter = mohs::near_duplicate_scale(M{}, owned.batch()).near_duplicates(share);
    static_assert(mohs::PairFilter<std::remove_const_t<decltype(filter)>>);
    const auto all = mohs::PairMiner{M{}, mohs::AllPairs{}}(owned.batch()),
               left = mohs::PairMiner{M{}, mohs::AllPairs{}, filter}(owned.batch());
    std::vector<std::pair<Index, Index>> every, kept, result;
    for (Index i = 0; i < all.negatives.size(); ++i) {
        every.emplace_back(all.negatives[i].anchor, all.negatives[i].candidate);
    }
    for (Index i = 0; i < left.negatives.size(); ++i) {
        kept.emplace_back(left.negatives[i].anchor, left.negatives[i].candidate);
    }
    std::set_difference(every.begin(), every.end(), kept.begin(), kept.end(), std::back_inserter(result));
    CHECK(static_cast<Index>(result.size()) == left.report.rejected[0]);
    return result;
}

template <class M>
void check_rejected(const Data& data, double share)
{
    const bool normalised = reference::is_normalised<M>;
    const double bound = share * median_of(data, normalised);
    std::vector<std::pair<Index, Index>> right;
    const Scene scene(data);
    for (Index i = 0; i < data.size(); ++i) {
        for (Index j = 0; reference::is_finite_row(data.rows, i) && j < data.size(); ++j) {
            if (scene.is_candidate(i, j, mohs::Among::negatives) && reference::is_finite_row(data.rows, j) &&
                distance(data.rows, i, data.rows, j, normalised) < bound) {
                right.emplace_back(i, j);
            }
        }
    }
    CAPTURE(data.name, M::name, share);
    CHECK(!right.empty());
    CHECK(rejected_pairs<M>(data, share) == right);
    // In other units nothing changes.
    CHECK(rejected_pairs<M>(reference::scaled(data, 0x1p20, "large"), share) == right);
    CHECK(rejected_pairs<M>(reference::scaled(data, 0x1p-20, "small"), share) == right);
}

}  // namespace

TEST_CASE("the scale of near-duplicates is the median of the nearest distances", "[ieee]")
{
    for (const Data& data : {reference::gaussian(83, 9, 1), reference::gaussian(84, 9, 2), reference::clustered(90, 5),
                             reference::non_finite(60, 5), reference::with_shared_ids(reference::gaussian(61, 5, 3)),
                             reference::unlabelled(reference::gaussian(40, 4, 5)), reference::duplicates(40, 4)}) {
        check_scale<mohs::Cosine>(data);
        check_scale<mohs::DotProduct>(data);
        check_scale<mohs::Euclidean>(data);
        check_scale<mohs::SquaredEuclidean>(data);
        check_scale<mohs::Normalised<mohs::SquaredEuclidean>>(data);
    }
}

TEST_CASE("near-duplicates are a share of the scale whatever the metric and the unit")
{
    const Data data = reference::clustered(120, 6);
    for (const double share : {0.5, 1.5}) {
        check_rejected<mohs::Cosine>(data, share);
        check_rejected<mohs::Normalised<mohs::DotProduct>>(data, share);
        check_rejected<mohs::DotProduct>(data, share);
        check_rejected<mohs::Euclidean>(data, share);
        check_rejected<mohs::SquaredEuclidean>(data, share);
        check_rejected<mohs::Normalised<mohs::Euclidean>>(data, share);
    }
}

TEST_CASE("near-duplicates by scale are rejected wherever there are negatives")
{
    const Data data = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    const reference::Owned<float> owned(gallery);
    const auto scale = mohs::near_duplicate_scale(mohs::DotProduct{}, owned.batch());
    REQUIRE(scale.median == median_of(gallery, false));
    const auto close = [&](const Data& other) {
        return [&](Index i, Index j) { return (data.rows.row(i) - other.rows.row(j)).norm() < 1.25 * scale.median; };
    };
    everywhere::check(Scene(data), close(data), scale.near_duplicates(1.25));
    everywhere::check(Scene(data, gallery), close(gallery), scale.near_duplicates(1.25));
}

TEST_CASE("with fewer than two finite rows there is no scale and nothing is a near-duplicate", "[ieee]")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const mohs::MatrixOf<double> none(0, 2), one{{1, 2}}, one_finite{{1, 2}, {nan, 0}, {3, nan}}, two{{1, 2}, {4, 6}};
    const std::vector<int> same{5, 5};
    for (const auto* rows : {&none, &one, &one_finite}) {
        const auto scale = mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(*rows));
        CHECK(scale.rows == 0);
        CHECK(scale.median == 0);
    }
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(two)).median == 5);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(two)).rows == 2);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(two).with_ids(same)).rows == 0);
    // Exact copies of one another under labels of their own: a scale of 0 excludes none of them.
    const mohs::MatrixOf<double> copies = mohs::MatrixOf<double>::Ones(6, 3);
    const std::vector<int> labels{0, 0, 1, 1, 2, 2};
    const mohs::Batch batch(copies, labels);
    const auto left = [&](auto metric) {
        return mohs::PairMiner{metric, mohs::AllPairs{},
                               mohs::near_duplicate_scale(metric, batch).near_duplicates()}(batch)
            .negatives.size();
    };
    CHECK(left(mohs::Euclidean{}) == 24);
    CHECK(left(mohs::SquaredEuclidean{}) == 24);
    CHECK(left(mohs::DotProduct{}) == 24);
    CHECK(left(mohs::Cosine{}) == 24);
}

TEST_CASE("the scale reads rows of any layout and looks at neither labels nor roles nor a relation")
{
    const Data data = reference::gaussian(30, 5, 7);
    const mohs::MatrixOf<double> wide = data.rows.replicate(2, 1);
    const Eigen::MatrixXd by_column = data.rows;
    const std::vector<mohs::Role> roles(30, mohs::Role::none);
    const mohs::Relation nobody = mohs::Relation::of_pairs(30, 30, [](Index, Index) { return mohs::Related::neither; });
    const double right = mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(data.rows)).median;
    CHECK(right == Approx(median_of(data, false)));
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(by_column)).median == right);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(wide.topRows(30))).median == right);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(data.rows, data.labels)).median == right);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(data.rows).with_roles(roles)).median == right);
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(data.rows).related_by(nobody)).median == right);
    const mohs::MatrixOf<Eigen::half> narrow = data.rows.cast<Eigen::half>();
    const mohs::MatrixOf<float> same = narrow.cast<float>();
    CHECK(mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(narrow)).median ==
          mohs::near_duplicate_scale(mohs::Euclidean{}, mohs::Batch(same)).median);
}

TEST_CASE("near-duplicates by scale may look at the positive too")
{
    // The anchor at 0, its positive at 8, negatives at 4, 8.5 and 20: only the third is near the positive.
    const reference::Owned<float> owned(strategies::line({0, 8, 4, 8.5, 20}, {0, 0, 1, 2, 3}));
    const mohs::NearDuplicateScale<mohs::Euclidean> scale{10, 5};
    const mohs::NearDuplicateScale<mohs::DotProduct> products{10, 5};
    const auto of_first = [&](const auto& miner) {
        std::vector<Index> result;
        for (const mohs::Triplet triplet : miner(owned.batch())) {
            if (triplet.anchor == 0) {
                result.push_back(triplet.negative);
            }
        }
        return result;
    };
    const auto triplets = [&](auto metric, const auto& filter) {
        return of_first(mohs::TripletMiner{metric, mohs::HardestPositive{}, mohs::AllNegatives{}, filter});
    };
    CHECK(triplets(mohs::Euclidean{}, scale.near_duplicates(0.1)) == std::vector<Index>{2, 3, 4});
    CHECK(triplets(mohs::Euclidean{}, scale.near_duplicates(0.1, true)) == std::vector<Index>{2, 4});
    CHECK(triplets(mohs::Euclidean{}, scale.near_duplicates(0.1, false)) == std::vector<Index>{2, 3, 4});
    CHECK(triplets(mohs::DotProduct{}, products.near_duplicates(0.1, true)) == std::vector<Index>{2, 4});
    CHECK(triplets(mohs::DotProduct{}, products.near_duplicates(0.5)) == std::vector<Index>{3, 4});
    // Strict: one at the distance stays.
    CHECK(triplets(mohs::DotProduct{}, mohs::ExcludeCloseRows{4.0}) == std::vector<Index>{2, 3, 4});
    STATIC_REQUIRE_FALSE(mohs::PairFilter<decltype(mohs::ExcludeCloseRows{4.0, true})>);
}

TEST_CASE("a share of the scale has to be finite and not below 0")
{
    const mohs::NearDuplicateScale<mohs::Cosine> scale{1, 5};
    for (const double share :
         {-0.5, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        CHECK(reference::mentions(reference::message_of([&] { static_cast<void>(scale.near_duplicates(share)); }),
                                  {"NearDuplicateScale: share", "at least 0"}));
    }
    CHECK(reference::mentions(reference::message_of([] {
                                  mohs::PairMiner{mohs::DotProduct{}, mohs::AllPairs{}, mohs::ExcludeCloseRows<>{}};
                              }),
                              {"ExcludeCloseRows: closer_than", "nan"}));
}
