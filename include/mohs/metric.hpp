#pragma once

/// \file
/// Metrics. Each is a transform of the rows, a bias per candidate and a monotone finish; none of them is known to the
/// hot loop.

#include <mohs/types.hpp>

#include <concepts>
#include <type_traits>

namespace mohs::inline MOHS_ABI {

namespace detail {

/// What packing does to a row x: nothing but a common scaling, x / |x|, or x minus the column mean of the candidates.
enum class RowTransform { scale, normalise, centre };

}  // namespace detail

/// Similarity <a, b> / (|a| |b|), in [-1, 1], whatever rounding does: values that are reported or compared with a
/// threshold are cut off there. 0 if either row is zero: such rows are legal, and counted in the report.
struct Cosine {
    static constexpr bool is_similarity = true, is_squared = false;
    static constexpr detail::RowTransform transform = detail::RowTransform::normalise;
    static constexpr const char* name = "cosine";
};

/// Similarity <a, b>.
struct DotProduct {
    static constexpr bool is_similarity = true, is_squared = false;
    static constexpr detail::RowTransform transform = detail::RowTransform::scale;
    static constexpr const char* name = "dot product";
};

/// Distance |a - b|, not squared.
struct Euclidean {
    static constexpr bool is_similarity = false, is_squared = false;
    static constexpr detail::RowTransform transform = detail::RowTransform::centre;
    static constexpr const char* name = "euclidean";
};

/// Distance |a - b|^2. Ranks as Euclidean does; margins and gradients are in squared units.
struct SquaredEuclidean {
    static constexpr bool is_similarity = false, is_squared = true;
    static constexpr detail::RowTransform transform = detail::RowTransform::centre;
    static constexpr const char* name = "squared euclidean";
};

/// `Base` between rows scaled to length 1; a zero row stays zero. Similarities are in [-1, 1], distances in [0, 2],
/// squared ones in [0, 4], whatever rounding does. `Normalised<Euclidean>` is the usual metric of
/// triplet training (FaceNet, Schroff et al. 2015).
template <class Base>
struct Normalised {
    static_assert(!std::is_same_v<Base, Cosine>, "mohs::Normalised<Cosine> is Cosine: rows are normalised already");
    static constexpr bool is_similarity = Base::is_similarity, is_squared = Base::is_squared;
    static constexpr detail::RowTransform transform = detail::RowTransform::normalise;
    static constexpr const char* name = Base::is_similarity ? "normalised dot product"
                                        : Base::is_squared  ? "normalised squared euclidean"
                                                            : "normalised euclidean";
};

/// One of the metrics above.
template <class M>
concept Metric = requires {
    requires std::convertible_to<decltype(M::is_similarity), bool>;
    requires std::convertible_to<decltype(M::is_squared), bool>;
    requires std::convertible_to<decltype(M::transform), detail::RowTransform>;
    requires std::convertible_to<decltype(M::name), const char*>;
} && std::is_empty_v<M>;

namespace detail {

template <class M>
inline constexpr bool normalises = M::transform == RowTransform::normalise;

/// Distances rank by <a, b> - |b|^2 / 2; similarities by <a, b> alone.
template <class M>
inline constexpr bool has_bias = !M::is_similarity;

/// All that packing has to know of a metric: metrics of one form share its code.
struct PackForm {
    RowTransform transform;
    bool bias;
};
template <class M>
inline constexpr PackForm pack_form{M::transform, has_bias<M>};

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
