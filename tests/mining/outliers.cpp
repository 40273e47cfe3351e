#include "../catch.hpp"
#include "run.hpp"

#include <mohs/mohs.hpp>

#include <algorithm>
#include <cmath>

namespace {

using mohs::Batch;
using mohs::Index;
using Exact = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Gaussian rows of norm about 1, and a few outliers of a given norm: whole rows of that length, or one element.
template <class T>
struct Case {
    mohs::MatrixOf<T> rows;
    std::vector<int> labels;
    std::vector<bool> outlier;
    double reach;  ///< what the centre is within: about the typical norm
    std::string name;

    Case(Index count, Index outliers, double size, bool whole, double offset)
        : rows(count, 24), reach(2 + offset * std::sqrt(24.0))
    {
        const reference::Data data = reference::gaussian(count, 24, static_cast<std::uint64_t>(count));
        rows = (data.rows / std::sqrt(24.0)).cast<T>();
        rows.array() += static_cast<T>(offset);
        for (Index row = 0; row < count; ++row) {
            labels.push_back(static_cast<int>(row / 4));
            outlier.push_back(false);
        }
        for (Index i = 0; i < outliers; ++i) {
            const Index row = (7 + 3 * i) % count;
            outlier[static_cast<std::size_t>(row)] = true;
            if (whole) {
                rows.row(row) *= static_cast<T>(size);
            } else {
                rows(row, row % 24) = static_cast<T>(i % 2 == 0 ? size : -size);
            }
        }
        name = std::to_string(count) + " rows, " + std::to_string(outliers) + (whole ? " long" : " with an element") +
               " of " + std::to_string(size) + ", offset " + std::to_string(offset);
    }

    [[nodiscard]] bool is_outlier(Index row) const { return outlier[static_cast<std::size_t>(row)]; }
};

template <class T, class Function>
void for_each_case(const Function& f)
{
    for (const Index count : {Index{32}, Index{128}, Index{400}}) {
        for (const double size : std::is_same_v<T, double> ? std::vector<double>{1e4, 1e13, 1e30, 1e170, 1e250}
                                                           : std::vector<double>{1e3, 1e4, 1e6, 1e13, 1e17, 1e30}) {
            for (const bool whole : {true, false}) {
                for (const Index outliers : {Index{1}, count / 3}) {
                    for (const double offset : {0.0, 3.0}) {
                        f(Case<T>(count, outliers, size, whole, offset));
                    }
                }
            }
        }
    }
}

/// Squared distances as they are, and how far the kernel's may be off: D + 6 roundings u of 2 (|a| |b| + |b|^2), of rows
/// relative to a centre that is within `reach` of 0, about the typical norm.
template <class T>
struct Exactly {
    Exact anchors, candidates;
    double reach;

    [[nodiscard]] double squared(Index anchor, Index candidate) const
    {
        return static_cast<double>((anchors.row(anchor) - candidates.row(candidate)).squaredNorm());
    }
    [[nodiscard]] double error(Index anchor, Index candidate) const
    {
        const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
        const double a = static_cast<double>(anchors.row(anchor).norm()) + reach,
                     b = static_cast<double>(candidates.row(candidate).norm()) + reach;
        return 2 * 31 * u * (a * b + b * b);
    }
};

/// Whether no candidate that counts is closer than the one found, by more than rounding.
template <class T, class Counts>
bool is_closest(const Exactly<T>& exactly, Index anchor, Index found, const Counts& counts)
{
    const double value = exactly.squared(anchor, found), error = exactly.error(anchor, found);
    for (Index row = 0; row < exactly.candidates.rows(); ++row) {
        if (counts(row) && exactly.squared(anchor, row) + exactly.error(anchor, row) + error < value) {
            return false;
        }
    }
    return true;
}

template <class T>
std::string hardest_fault(const Case<T>& data, const Case<T>& gallery, bool self)
{
    const Batch<T> batch{data.rows, data.labels}, other{gallery.rows, gallery.labels};
    const Case<T>& candidates = self ? data : gallery;
    const Exactly<T> exactly{data.rows.template cast<long double>(), candidates.rows.template cast<long double>(),
                             candidates.reach};
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const auto triplets = self ? miner(batch) : miner(batch, other);
    const auto with_positive = std::count_if(data.labels.begin(), data.labels.end(), [&](int label) {
        return std::count(candidates.labels.begin(), candidates.labels.end(), label) > (self ? 1 : 0);
    });
    if (triplets.size() != with_positive) {
        return "some anchor has none";
    }
    for (const mohs::Triplet triplet : triplets) {
        const auto label = [](const Case<T>& of, Index row) { return of.labels[static_cast<std::size_t>(row)]; };
        if (!is_closest(exactly, triplet.anchor, triplet.negative,
                        [&](Index row) { return label(candidates, row) != label(data, triplet.anchor); })) {
            return "hardest negative of " + std::to_string(triplet.anchor);
        }
    }
    const mohs::NearestNeighbours nearest{mohs::SquaredEuclidean{}, {.k = 3, .among = mohs::Among::everyone}};
    const auto neighbours = self ? nearest(batch) : nearest(batch, other);
    for (Index anchor = 0; anchor < data.rows.rows(); ++anchor) {
        for (Index rank = 0; rank < 3; ++rank) {
            const auto before = [&](Index row) {
                bool result = false;
                for (Index i = 0; i < rank; ++i) {
                    result = result || neighbours.index(anchor, i) == row;
                }
                return result;
            };
            if (!is_closest(exactly, anchor, neighbours.index(anchor, rank),
                            [&](Index row) { return !(self && row == anchor) && !before(row); })) {
                return "neighbours of " + std::to_string(anchor);
            }
        }
    }
    return {};
}

template <class T>
std::string semi_hard_fault(const Case<T>& data)
{
    const Batch<T> batch{data.rows, data.labels};
    const Exactly<T> exactly{data.rows.template cast<long double>(), data.rows.template cast<long double>(),
                             data.reach};
    const mohs::TripletMiner miner{mohs::SquaredEuclidean{}, mohs::AllPositives{},
                                   mohs::SemiHardNegative{.margin = 0.5}};
    const auto triplets = miner(batch);
    std::vector<std::vector<Index>> found(static_cast<std::size_t>(data.rows.rows()),
                                          std::vector<Index>(static_cast<std::size_t>(data.rows.rows()), -1));
    for (const mohs::Triplet triplet : triplets) {
        found[static_cast<std::size_t>(triplet.anchor)][static_cast<std::size_t>(triplet.positive)] = triplet.negative;
    }
    for (Index anchor = 0; anchor < data.rows.rows(); ++anchor) {
        for (Index positive = anchor / 4 * 4; positive < std::min(anchor / 4 * 4 + 4, data.rows.rows()); ++positive) {
            if (positive == anchor || data.is_outlier(anchor) || data.is_outlier(positive)) {
                continue;
            }
            // A negative is surely in the window, or surely not, or rounding decides.
            const double from = exactly.squared(anchor, positive), slack = exactly.error(anchor, positive);
            const auto surely_in = [&](Index row) {
                const double value = exactly.squared(anchor, row), error = exactly.error(anchor, row) + slack;
                return row / 4 != anchor / 4 && value > from + error && value < from + 0.5 - 1e-9;
            };
            const Index negative = found[static_cast<std::size_t>(anchor)][static_cast<std::size_t>(positive)];
            bool any = false;
            for (Index row = 0; row < data.rows.rows(); ++row) {
                any = any || surely_in(row);
            }
            if (negative < 0 ? any
                             : exactly.squared(anchor, negative) + exactly.error(anchor, negative) + slack < from ||
                                   exactly.squared(anchor, negative) > from + 0.5 + 1e-9 ||
                                   !is_closest(exactly, anchor, negative, surely_in)) {
                return "semi-hard negative of " + std::to_string(anchor) + " and " + std::to_string(positive);
            }
        }
    }
    return {};
}

}  // namespace

TEMPLATE_TEST_CASE("rows far longer than the others do not change who is closest to those", "[raises]", float, double)
{
    for_each_case<TestType>([](const Case<TestType>& data) {
        INFO(data.name);
        const Case<TestType> plain(96, 0, 1, true, 0);
        REQUIRE(hardest_fault(data, data, true) == "");
        REQUIRE(hardest_fault(plain, data, false) == "");
        REQUIRE(hardest_fault(data, plain, false) == "");
        REQUIRE(semi_hard_fault(data) == "");
    });
}

TEST_CASE("rows whose norm does not fit a double have neighbours", "[raises]")
{
    mohs::MatrixOf<double> rows(4, 3);
    rows << 1.2e308, 1.2e308, 1.2e308, 1.2e308, 1.2e308, 1.1e308, -1.2e308, 1.2e308, 1.2e308, -1.2e308, 1.2e308,
        1.1e308;
    const mohs::NearestNeighbours nearest{mohs::Euclidean{}, {.k = 3}};
    const auto found = nearest(Batch<double>{rows});
    for (Index row = 0; row < 4; ++row) {
        CHECK(found.index(row, 0) == (row ^ 1));
        CHECK(found.index(row, 2) >= 0);
    }
}

TEST_CASE("filters and windows decide exactly next to rows that are far longer")
{
    for (const double size : {1e3, 1e13, 1e30}) {
        const Case<float> data(128, 3, size, true, 0);
        const Batch<float> batch{data.rows, data.labels};
        const auto expected = [&](Index anchor, auto&& takes) {
            Index best = -1;
            double least = 0;
            for (Index row = 0; row < 128; ++row) {
                const double value = mohs::measure(mohs::Euclidean{}, batch, anchor, batch, row);
                if (row / 4 != anchor / 4 && takes(value) && (best < 0 || value < least)) {
                    best = row;
                    least = value;
                }
            }
            return best;
        };
        const auto in_band = [](double value) { return value >= 1.25 && value <= 1.5; };
        const auto filtered = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                                 mohs::ScoreBand{.low = 1.25, .high = 1.5}}(batch);
        const auto windowed = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{},
                                                 mohs::ScoreWindowNegative{.low = 1.25, .high = 1.5}}(batch);
        std::vector<Index> by_filter(128, -1), by_window(128, -1);
        for (const mohs::Triplet triplet : filtered) {
            by_filter[static_cast<std::size_t>(triplet.anchor)] = triplet.negative;
        }
        for (const mohs::Triplet triplet : windowed) {
            by_window[static_cast<std::size_t>(triplet.anchor)] = triplet.negative;
        }
        for (Index anchor = 0; anchor < 128; ++anchor) {
            REQUIRE(by_filter[static_cast<std::size_t>(anchor)] == expected(anchor, in_band));
            REQUIRE(by_window[static_cast<std::size_t>(anchor)] == expected(anchor, in_band));
        }
    }
}

TEST_CASE("one row far longer than the others leaves the ranking by dot product alone")
{
    for (const double size : {1e13, 1e25, 1e30}) {
        Case<float> data(96, 1, size, true, 0);
        const Exact exact = data.rows.cast<long double>();
        const auto neighbours = mohs::NearestNeighbours{mohs::DotProduct{}, {.k = 2}}(Batch<float>{data.rows});
        for (Index anchor = 0; anchor < 96; ++anchor) {
            // The outlier comes first if it is similar at all; then the best of the others, up to rounding.
            const Index rank = neighbours.index(anchor, 0) == 7 ? 1 : 0;
            const auto value = [&](Index row) { return static_cast<double>(exact.row(anchor).dot(exact.row(row))); };
            for (Index row = 0; row < 96; ++row) {
                if (row != anchor && row != 7) {
                    const double norm = static_cast<double>(exact.row(anchor).norm());
                    REQUIRE(value(row) - value(neighbours.index(anchor, rank)) <= 2e-5 * norm);
                }
            }
        }
    }
}

TEST_CASE("screening next to a row that is far longer finds the same")
{
    for (const double size : {1e3, 1e13, 1e30}) {
        const Case<float> data(1600, 1, size, true, 0);
        mohs::MatrixOf<float> rows = mohs::MatrixOf<float>::Zero(1600, 72);
        rows.leftCols(24) = data.rows;
        const Batch<float> batch{rows, data.labels};
        const mohs::NearestNeighbours nearest{mohs::Euclidean{}, {.k = 1}};
        mohs::Options plain, screened;
        plain.screening = mohs::Screening::off;
        screened.screening = mohs::Screening::on;
        const mohs::Neighbours expected = nearest(batch, plain), found = nearest(batch, screened);
        CHECK(found.indices() == expected.indices());
    }
}
