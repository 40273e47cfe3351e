#pragma once

/// \file
/// Sizes from files that nobody vouches for, without overflow.

#include <mohs/config.hpp>

#include <cstdint>
#include <limits>

namespace mohs::inline MOHS_ABI::detail {

/// A size that is not one any more once a sum or a product was too large for 64 bits.
class CheckedSize {
public:
    constexpr explicit CheckedSize(std::uint64_t value) : value_(value) {}

    [[nodiscard]] constexpr bool fits() const { return fits_; }
    /// Only where it fits.
    [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

    friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b)
    {
        CheckedSize sum(a.value_ + b.value_);
        sum.fits_ = a.fits_ && b.fits_ && b.value_ <= most - a.value_;
        return sum;
    }
    friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b)
    {
        CheckedSize product(a.value_ * b.value_);
        product.fits_ = a.fits_ && b.fits_ && (a.value_ == 0 || b.value_ <= most / a.value_);
        return product;
    }

private:
    static constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
    std::uint64_t value_;
    bool fits_ = true;
};

}  // namespace mohs::inline MOHS_ABI::detail
