#pragma once

/// \file
/// The few names that every other header uses.

#include <mohs/config.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <type_traits>

static_assert(std::is_same_v<Eigen::Index, std::ptrdiff_t>,
              "mohs needs Eigen's own index type: compile without EIGEN_DEFAULT_DENSE_INDEX_TYPE");

namespace mohs::inline MOHS_ABI {

/// Number of a row, or a count of rows.
using Index = Eigen::Index;

/// Rows are samples, row-major: the layout that is packed fastest. Any other dense layout is accepted too.
///
/// Unaligned, because Eigen allocates aligned matrices differently with and without AVX: objects compiled with
/// different flags could otherwise not hand each other matrices.
template <class Scalar>
using MatrixOf = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic,
                               static_cast<int>(Eigen::RowMajor) | static_cast<int>(Eigen::DontAlign)>;
using Matrix = MatrixOf<float>;

/// Row numbers, usable to index Eigen matrices: `embeddings(triplets.positives(), Eigen::indexing::all)`.
using IndexVector = Eigen::Matrix<Index, Eigen::Dynamic, 1>;

/// Row of the anchors (queries). A type of its own, so that an anchor cannot be taken for a candidate.
struct Anchor {
    Index row;
    friend bool operator==(Anchor, Anchor) = default;
};

/// Row of the candidates (keys, gallery).
struct Candidate {
    Index row;
    friend bool operator==(Candidate, Candidate) = default;
};

/// The instruction set that a scan uses. `automatic` takes the best one that this machine runs; the others are for
/// tests and measurements.
enum class IsaLevel { automatic, portable, baseline, avx2, avx512 };

/// Which candidates of an anchor are meant: those with its label, those with another one, or both. Never the anchor
/// itself.
enum class Among { everyone, positives, negatives };

/// Kinds of triplets by the gap between their negative and their positive: not farther than the positive, farther by
/// at most a margin, farther by more.
enum class TripletKind { every, hard, semi_hard, easy };

/// What the elements of stored rows are: those of Eigen::half and Eigen::bfloat16, float, double, and integers.
enum class ScalarKind { float16, bfloat16, float32, float64, int8, uint8, int16, uint16, int32, uint32, int64, uint64 };

namespace detail {

/// Scalar that scores of rows of `Scalar` are computed in.
template <class Scalar>
struct ComputeOf {
    using Type = float;
};
template <>
struct ComputeOf<double> {
    using Type = double;
};

template <class Scalar>
inline constexpr bool is_row_scalar = std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double> ||
                                      std::is_same_v<Scalar, Eigen::half> || std::is_same_v<Scalar, Eigen::bfloat16>;

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
