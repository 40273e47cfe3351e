#pragma once

/// \file
/// Logarithms of sums of exponentials that neither overflow nor lose what is small: building blocks of sums over pairs.

#include <mohs/number.hpp>

namespace mohs::inline MOHS_ABI {

/// The logarithm of a sum of exponentials as it is kept in the state of an anchor: the largest exponent, which every
/// scalar holds exactly, and what the others add. Next to a large exponent that would be lost.
///
/// As it begins it stands for a sum beyond all others, of which nothing has a share.
template <class N>
struct LogShare {
    N top = N(detail::beyond_all<N>), rest = N(0);

    /// exp(x) divided by the sum: the derivative of its logarithm by an exponent x that it is made of. A term that
    /// the sum holds with a weight w is multiplied by w afterwards, so before that its share may be as large as 1 /
    /// w: w has to be at least 1e-12. Larger shares are of terms that the caller drops; they are cut off at exp(30),
    /// so that no product with them overflows.
    MOHS_ALWAYS_INLINE N share(const N& x) const { return decay(larger(rest - (x - top), N(-30))); }
};

/// A sum of exp(x), kept as exp(top) * sum with the largest x as top: one exponential per term, any finite x.
template <class N>
struct LogSum {
    N top = N(-detail::beyond_all<N>), sum = N(0);

    /// sum += exp(x).
    MOHS_ALWAYS_INLINE void add(const N& x) { add_scaled(x, N(1)); }

    /// sum += weight * exp(x), for weights of at least 0.
    MOHS_ALWAYS_INLINE void add_scaled(const N& x, const N& weight)
    {
        // Either the sum so far or the term decays.
        const N ahead = x - top, reduced = decay(larger(ahead, -ahead));
        sum = multiply_add(select(ahead > N(0), sum, weight), reduced, select(ahead > N(0), weight, sum));
        top = larger(top, x);
    }

    /// Adds a sum that comes later.
    MOHS_ALWAYS_INLINE void merge(const LogSum& later) { add_scaled(later.top, later.sum); }

    // For single anchors, where N is double.

    [[nodiscard]] bool empty() const { return !(sum > 0); }
    /// The logarithm; of an empty sum -1e300.
    [[nodiscard]] double log() const { return empty() ? -detail::beyond_all<N> : top + std::log(sum); }
    /// The same as a state. Of an empty sum, one of which nothing has a share.
    [[nodiscard]] LogShare<double> split() const
    {
        return empty() ? LogShare<double>() : LogShare<double>{top, std::log(sum)};
    }
};

}  // namespace mohs::inline MOHS_ABI
