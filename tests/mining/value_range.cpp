#include "../catch.hpp"
#include "../reference.hpp"

#include <mohs/mohs.hpp>

#include <mutex>

namespace {

using mohs::Batch;
using mohs::Index;

template <class M>
inline constexpr double lowest_value = reference::is_similarity<M> ? -1 : 0;
template <class M>
inline constexpr double highest_value = reference::is_similarity<M> ? 1
                                        : reference::is_squared<M>  ? 4
                                                                    : 2;

/// Rows 0 to n - 1, then their copies at another length, then their opposites: values are about 1, and about -1.
template <class T>
mohs::MatrixOf<T> copies(Index count, Index dimension)
{
    const reference::Data data = reference::gaussian(count, dimension, static_cast<std::uint64_t>(dimension));
    mohs::MatrixOf<T> rows(3 * count, dimension);
    rows << data.rows.cast<T>(), (data.rows * 3.7).cast<T>(), (data.rows * -0.3).cast<T>();
    return rows;
}

/// What lies outside of the range of the metric.
template <class M>
struct Outside {
    Index values = 0;
    bool any = false;

    template <class Values>
    void look_at(const Values& list)
    {
        for (Index i = 0; i < list.size(); ++i) {
            any = true;
            values +=
                !(static_cast<double>(list[i]) >= lowest_value<M> && static_cast<double>(list[i]) <= highest_value<M>);
        }
    }
};

template <class M>
struct LookAtRows {
    Outside<M>& outside;
    std::mutex& mutex;

    template <class T>
    void row(mohs::Anchor, const mohs::FullRow<T>& row)
    {
        const std::lock_guard lock(mutex);
        outside.look_at(Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>(row.values.data(),
                                                                             static_cast<Index>(row.values.size())));
    }
};

template <class M, class T>
void require_in_range(Index dimension)
{
    INFO(M::name << ", " << dimension << " columns of " << sizeof(T) << " bytes");
    const Index count = 40;
    const mohs::MatrixOf<T> rows = copies<T>(count, dimension);
    std::vector<int> by_row, by_pair;
    for (int row = 0; row < 3 * count; ++row) {
        by_row.push_back(row % static_cast<int>(count));
        by_pair.push_back(row / 2);
    }
    for (const auto& labels : {by_row, by_pair}) {
        const Batch<T> batch{rows, labels};
        for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
            const mohs::Options options{.isa = isa};
            Outside<M> outside;
            const auto look = [&](const auto& positive, const auto& negative, const auto&... filters) {
                const auto triplets = mohs::TripletMiner{M{}, positive, negative, filters...}(batch, options);
                outside.look_at(triplets.positive_values());
                outside.look_at(triplets.negative_values());
            };
            look(mohs::HardestPositive{}, mohs::HardestNegative{});
            look(mohs::EasiestPositive{}, mohs::EasiestNegative{});
            look(mohs::AllPositives{}, mohs::AllNegatives{});
            look(mohs::EasiestPositive{}, mohs::HardestNegative{}, mohs::MarginToPositive{});
            for (const mohs::Index k : {1, 50}) {
                const mohs::Neighbours neighbours = mohs::NearestNeighbours{M{}, {.k = k}}(batch, options);
                const auto& values = neighbours.values();
                outside.look_at(Eigen::Map<const Eigen::VectorXd>(values.data(), values.size()));
            }
            const auto pairs = mohs::PairMiner{M{}, mohs::AllPairs{}}(batch, options);
            outside.look_at(pairs.positives.values());
            outside.look_at(pairs.negatives.values());
            std::mutex mutex;
            LookAtRows<M> visitor{outside, mutex};
            mohs::scan(batch, M{}, visitor, options);
            REQUIRE(outside.any);
            REQUIRE(outside.values == 0);
        }
        for (Index i = 0; i < rows.rows(); ++i) {
            for (Index j = 0; j < rows.rows(); ++j) {
                const double value = mohs::measure(M{}, batch, i, batch, j);
                REQUIRE((value >= lowest_value<M> && value <= highest_value<M>));
            }
        }
    }
}

}  // namespace

TEMPLATE_TEST_CASE("values of rows of one length are in the range of their metric whatever rounding does", "",
                   mohs::Cosine, mohs::Normalised<mohs::DotProduct>, mohs::Normalised<mohs::Euclidean>,
                   mohs::Normalised<mohs::SquaredEuclidean>)
{
    for (const Index dimension : {2, 3, 64, 129}) {
        require_in_range<TestType, float>(dimension);
    }
}

TEST_CASE("values of rows in double are in the range of their metric whatever rounding does")
{
    require_in_range<mohs::Cosine, double>(64);
    require_in_range<mohs::Normalised<mohs::Euclidean>, double>(65);
}

TEST_CASE("filters and windows up to the end of the range let everything there pass")
{
    for (const Index dimension : {2, 3, 64, 128, 768}) {
        const Index count = 60;
        const mohs::Matrix rows = copies<float>(count, dimension);
        // Copies have other labels, so that the hardest negative of a row is a copy of it.
        std::vector<int> labels;
        for (int row = 0; row < 3 * count; ++row) {
            labels.push_back(row / 2);
        }
        const Batch batch{rows, labels};
        for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
            const mohs::Options options{.isa = isa};
            const auto kept = [&](auto metric, const auto& negative, const auto&... filters) {
                const auto triplets =
                    mohs::TripletMiner{metric, mohs::HardestPositive{}, negative, filters...}(batch, options);
                Index rejected = 3 * count - triplets.size();
                for (const auto each : triplets.report.rejected) {
                    rejected += each;
                }
                return rejected;
            };
            using Squared = mohs::Normalised<mohs::SquaredEuclidean>;
            const mohs::HardestNegative hardest;
            const mohs::EasiestNegative easiest;
            CHECK(kept(mohs::Cosine{}, hardest, mohs::ScoreBand{.low = -1, .high = 1}) == 0);
            CHECK(kept(mohs::Cosine{}, easiest, mohs::ScoreBand{.low = -1, .high = 1}) == 0);
            CHECK(kept(mohs::Cosine{}, hardest, mohs::ExcludeNearDuplicates{mohs::similarity(1)}) == 0);
            CHECK(kept(mohs::Cosine{}, mohs::ScoreWindowNegative{.low = -1, .high = 1}) == 0);
            CHECK(kept(Squared{}, easiest, mohs::ScoreBand{.low = 0, .high = 4}) == 0);
            CHECK(kept(Squared{}, mohs::ScoreWindowNegative{.low = 0, .high = 4}) == 0);
            const auto triplets = mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{},
                                                     mohs::ScoreWindowNegative{.low = -1, .high = 1}}(batch, options);
            for (Index i = 0; i < triplets.size(); ++i) {
                REQUIRE((triplets[i].anchor >= 2 * count || triplets.negative_values()[i] > 1 - 1e-5));
            }
        }
    }
}

TEST_CASE("a band that ends below the range of its metric still rejects what is at the end")
{
    const mohs::Matrix rows = copies<float>(30, 16);
    std::vector<int> labels;
    for (int row = 0; row < 90; ++row) {
        labels.push_back(row / 2);
    }
    const Batch batch{rows, labels};
    const auto triplets = mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                             mohs::ScoreBand{.low = -1, .high = 0.9999}}(batch);
    CHECK(triplets.report.rejected[0] > 0);
    CHECK(triplets.negative_values().maxCoeff() <= 0.9999);
}
