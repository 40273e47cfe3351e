#pragma once

/// \file
/// MarginCalibration: margins to the positive that remove a wanted share of the negatives.

#include <mohs/detail/base/check.hpp>
#include <mohs/finish.hpp>
#include <mohs/result/result.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Which margins MarginToPositive has to have to remove a wanted share of negatives, measured on triplets that show how
/// positives and negatives lie for this model and this data. A margin that is right for one model takes nearly
/// everything from another: relative margins of 0.05 have been seen to reject 84 % (sentence-transformers, issue 3279).
///
///     const mohs::TripletMiner pairs{mohs::Cosine{}, mohs::AllPositives{}, mohs::RandomNegative{}};
///     const mohs::MarginCalibration calibration(pairs(batch));
///     const mohs::MarginToPositive filter{.relative = calibration.relative(0.01)};
///
/// Triplets with random negatives tell how much a margin costs: nearly all of them are true negatives, and what is
/// removed of them is lost. They do not tell how many of the closest negatives are false: for that, people have to look
/// at some (`ScoreStrata`).
///
/// Triplets with values that are not finite are left out. Throws std::invalid_argument if none is left. O(T log T).
template <Metric M>
class MarginCalibration {
public:
    explicit MarginCalibration(const Triplets<M>& triplets)
    {
        for (Index i = 0; i < triplets.size(); ++i) {
            const double positive = triplets.positive_values()[i], negative = triplets.negative_values()[i];
            if (!detail::is_finite(positive) || !detail::is_finite(negative)) {
                continue;
            }
            const double gap = Finish<M>::gap(positive, negative), size = std::abs(positive);
            absolute_.push_back(gap);
            // Of a positive with value 0 a relative margin leaves what lies level with it, whatever the margin.
            relative_.push_back(size > 0 ? gap / size : (gap < 0 ? -1 : 1) * (std::numeric_limits<double>::max)());
        }
        if (absolute_.empty()) {
            detail::throw_rule("MarginCalibration", "there are no triplets with finite values");
        }
        std::sort(absolute_.begin(), absolute_.end());
        std::sort(relative_.begin(), relative_.end());
    }

    /// How many triplets were looked at.
    [[nodiscard]] Index size() const { return static_cast<Index>(absolute_.size()); }

    /// The largest `MarginToPositive::absolute` that removes no more than this share of the negatives, from 0 to 1.
    /// Throws std::invalid_argument for another share.
    [[nodiscard]] double absolute(double removal) const { return margin(absolute_, removal); }
    /// The same for `MarginToPositive::relative`, in parts of the positive's value.
    [[nodiscard]] double relative(double removal) const { return margin(relative_, removal); }

    /// The share of the negatives that a margin removes: those whose gap to the positive is below it.
    [[nodiscard]] double removed_by_absolute(double margin) const { return removed(absolute_, margin); }
    [[nodiscard]] double removed_by_relative(double margin) const { return removed(relative_, margin); }

private:
    /// As many gaps are below the gap at place n as may be removed, or fewer where several are equal.
    static double margin(const std::vector<double>& gaps, double removal)
    {
        if (!(removal >= 0 && removal <= 1)) {
            detail::throw_bad_value("MarginCalibration: removal", removal, "from 0 to 1");
        }
        const auto size = static_cast<double>(gaps.size());
        auto most = static_cast<std::size_t>(std::floor(removal * size));
        // The product may be rounded to just below a whole number.
        most += most < gaps.size() && static_cast<double>(most + 1) / size <= removal;
        if (most < gaps.size()) {
            return gaps[most];
        }
        constexpr double largest = (std::numeric_limits<double>::max)();
        return gaps.back() < largest ? std::nextafter(gaps.back(), largest) : largest;
    }
    static double removed(const std::vector<double>& gaps, double margin)
    {
        detail::check_number("MarginCalibration: margin", margin);
        return static_cast<double>(std::lower_bound(gaps.begin(), gaps.end(), margin) - gaps.begin()) /
               static_cast<double>(gaps.size());
    }

    std::vector<double> absolute_, relative_;  ///< how much farther each negative is than its positive, ascending
};

}  // namespace mohs::inline MOHS_ABI
