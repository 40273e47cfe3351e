#pragma once

/// \file
/// Numbers that the hooks of a sweep compute with: a vector of an instruction set that reads like a scalar.

#include <mohs/detail/simd/log.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI {

template <class Isa, class T>
class Number;

/// What a comparison of numbers says, lane by lane: for `select`, `&`, `|` and `!`.
template <class Isa, class T>
class Flags {
public:
    MOHS_ALWAYS_INLINE explicit Flags(const detail::Mask<Isa, T>& lanes) : lanes_(lanes) {}
    MOHS_ALWAYS_INLINE Flags(const Flags& other) : lanes_(other.lanes_) {}
    Flags& operator=(const Flags&) = default;

    /// All ones in the lanes where it holds.
    MOHS_ALWAYS_INLINE const detail::Mask<Isa, T>& lanes() const { return lanes_; }

    MOHS_ALWAYS_INLINE friend Flags operator&(const Flags& a, const Flags& b) { return Flags(a.lanes_ & b.lanes_); }
    MOHS_ALWAYS_INLINE friend Flags operator|(const Flags& a, const Flags& b) { return Flags(a.lanes_ | b.lanes_); }
    MOHS_ALWAYS_INLINE friend Flags operator!(const Flags& a) { return Flags(~a.lanes_); }

private:
    detail::Mask<Isa, T> lanes_;
};

/// As many numbers as a register of the instruction set `Isa` has lanes of T: float or double. Code of hooks takes it as a
/// template parameter N, never names it, and writes what it would write for a double:
///
///     N(0.5)  + - * /  +=  -=  *=  < <= > >=                  constants and doubles convert
///     larger(a, b)  smaller(a, b)  abs(a)                   a and b may be constants
///     select(flags, a, b)                                     a where the comparison holds, else b
///     multiply_add(a, b, c)                                   a b + c, rounded once where the instruction set has that
///     exp(a)  decay(a)  log1p(a)  softplus(a)  sigmoid(a)     decay(a) is exp(-a) for a >= 0
///
/// `exp` is cut off at exp(88), of doubles at exp(709), and is 0 where it is not a normal number; none of these raises a
/// floating-point exception for finite arguments but what overflows. Relative errors are about 2e-7 in float and 4e-16 in
/// double. A product is always rounded before it is added to anything, so that results have the same bits wherever
/// compilers inline them; `multiply_add` says where it is not.
///
/// Functions that take numbers begin with MOHS_ALWAYS_INLINE (lambdas end with MOHS_INLINE_LAMBDA): what is not
/// inlined is not compiled for the instruction set, and does not compile.
///
/// Copies are written out, because what is trivially copied is passed in registers, which is an ABI matter in
/// translation units without them.
template <class Isa, class T>
class Number {
public:
    using Scalar = T;
    using Vector = detail::Vec<Isa, T>;

    MOHS_ALWAYS_INLINE Number() : vector_{} {}
    MOHS_ALWAYS_INLINE Number(double value) { detail::splat<Isa, T>(vector_, static_cast<T>(value)); }
    MOHS_ALWAYS_INLINE Number(const Number& other) : vector_(other.vector_) {}
    MOHS_ALWAYS_INLINE Number& operator=(const Number& other)
    {
        vector_ = other.vector_;
        return *this;
    }

    MOHS_ALWAYS_INLINE const Vector& vector() const { return vector_; }
    MOHS_ALWAYS_INLINE Vector& vector() { return vector_; }
    /// Reads and writes elements that lie next to one another.
    MOHS_ALWAYS_INLINE static Number load(const T* from)
    {
        Number result;
        detail::load<Isa, T>(result.vector_, from);
        return result;
    }
    MOHS_ALWAYS_INLINE void store(T* to) const { detail::store<Isa, T>(to, vector_); }

    MOHS_ALWAYS_INLINE friend Number operator+(const Number& a, const Number& b) { return of(a.vector_ + b.vector_); }
    MOHS_ALWAYS_INLINE friend Number operator-(const Number& a, const Number& b) { return of(a.vector_ - b.vector_); }
    MOHS_ALWAYS_INLINE friend Number operator*(const Number& a, const Number& b)
    {
        Number result = of(a.vector_ * b.vector_);
        detail::round_product<Isa, T>(result.vector_);
        return result;
    }
    MOHS_ALWAYS_INLINE friend Number operator/(const Number& a, const Number& b) { return of(a.vector_ / b.vector_); }
    MOHS_ALWAYS_INLINE friend Number operator-(const Number& a) { return of(-a.vector_); }
    MOHS_ALWAYS_INLINE Number& operator+=(const Number& other) { return *this = *this + other; }
    MOHS_ALWAYS_INLINE Number& operator-=(const Number& other) { return *this = *this - other; }
    MOHS_ALWAYS_INLINE Number& operator*=(const Number& other) { return *this = *this * other; }

    MOHS_ALWAYS_INLINE friend Flags<Isa, T> operator<(const Number& a, const Number& b) { return b > a; }
    MOHS_ALWAYS_INLINE friend Flags<Isa, T> operator<=(const Number& a, const Number& b) { return b >= a; }
    MOHS_ALWAYS_INLINE friend Flags<Isa, T> operator>(const Number& a, const Number& b)
    {
        detail::Mask<Isa, T> mask{};
        detail::add_above<Isa, T>(mask, a.vector_, b.vector_);
        return Flags<Isa, T>(mask);
    }
    MOHS_ALWAYS_INLINE friend Flags<Isa, T> operator>=(const Number& a, const Number& b)
    {
        detail::Mask<Isa, T> mask{};
        detail::add_at_least<Isa, T>(mask, a.vector_, b.vector_);
        return Flags<Isa, T>(mask);
    }

    MOHS_ALWAYS_INLINE friend Number select(const Flags<Isa, T>& flags, const Number& a, const Number& b)
    {
        return of(flags.lanes() != 0 ? a.vector_ : b.vector_);
    }
    MOHS_ALWAYS_INLINE friend Number larger(const Number& a, const Number& b)
    {
        Number result = a;
        detail::keep_larger<Isa, T>(result.vector_, b.vector_);
        return result;
    }
    MOHS_ALWAYS_INLINE friend Number smaller(const Number& a, const Number& b)
    {
        Number result = a;
        detail::keep_smaller<Isa, T>(result.vector_, b.vector_);
        return result;
    }
    MOHS_ALWAYS_INLINE friend Number abs(const Number& a) { return larger(a, -a); }
    MOHS_ALWAYS_INLINE friend Number multiply_add(const Number& a, const Number& b, const Number& c)
    {
        Number result = c;
        detail::add_product<Isa, T>(result.vector_, a.vector_, b.vector_);
        return result;
    }

    MOHS_ALWAYS_INLINE friend Number decay(const Number& a)
    {
        Number result = -a;
        detail::exp_in_place<Isa, T>(result.vector_);
        return result;
    }
    MOHS_ALWAYS_INLINE friend Number exp(const Number& a)
    {
        constexpr double highest = sizeof(T) == sizeof(float) ? 88 : 709;
        Number result = smaller(a, Number(highest));
        detail::exp_in_place<Isa, T>(result.vector_);
        return result;
    }
    MOHS_ALWAYS_INLINE friend Number log1p(const Number& a)
    {
        Number result = a;
        detail::log1p_in_place<Isa, T>(result.vector_);
        return result;
    }
    /// log(1 + exp(a)), and its derivative 1 / (1 + exp(-a)), for any finite a.
    MOHS_ALWAYS_INLINE friend Number softplus(const Number& a) { return larger(a, Number(0)) + log1p(decay(abs(a))); }
    MOHS_ALWAYS_INLINE friend Number sigmoid(const Number& a)
    {
        const Number reduced = decay(abs(a));
        return select(a >= Number(0), Number(1), reduced) / (Number(1) + reduced);
    }

private:
    MOHS_ALWAYS_INLINE static Number of(const Vector& vector)
    {
        Number result;
        result.vector_ = vector;
        return result;
    }

    Vector vector_;
};

// The same of single doubles, for code that serves both.

inline double larger(double a, double b)
{
    return a > b ? a : b;
}
inline double multiply_add(double a, double b, double c)
{
    return detail::rounded(a * b) + c;
}
inline double select(bool flag, double a, double b)
{
    return flag ? a : b;
}
/// exp(-a) for a >= 0, and 0 where that is not a normal number: nothing underflows.
inline double decay(double a)
{
    return a > 708 ? 0 : std::exp(-a);
}

/// log(1 + exp(a)), and its derivative, for any finite a.
inline double softplus(double a)
{
    return larger(a, 0) + std::log1p(decay(std::abs(a)));
}
inline double sigmoid(double a)
{
    const double reduced = decay(std::abs(a));
    return (a >= 0 ? 1 : reduced) / (1 + reduced);
}

namespace detail {

template <class N>
struct ScalarOf {
    using Type = typename N::Scalar;
};
template <>
struct ScalarOf<double> {
    using Type = double;
};

/// Beyond all numbers that a sweep meets, which are at most 1e30 (1e290) times factors of its hooks; twice as much is
/// still a number.
template <class N>
inline constexpr double beyond_all = sizeof(typename ScalarOf<N>::Type) == sizeof(float) ? 1e37 : 1e300;

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
