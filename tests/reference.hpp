#pragma once

/// \file What the tests compare the library with: naive loops in double, written from the definitions, and the data
/// that all tests share.
///
/// Nothing here calls the library, except for plain types, the list of instruction sets and the width of a panel.

#include <mohs/mohs.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace reference {

using mohs::Among;
using mohs::Index;
using mohs::IsaLevel;
using Table = mohs::MatrixOf<double>;

// ---------------------------------------------------------------------------------------------------------------------
// Data

/// Input of a test. Elements are representable in float, so that a float and a double batch of it mean the same rows.
struct Data {
    std::string name;
    Table rows;
    std::vector<std::int64_t> labels;
    std::vector<std::int64_t> ids = {};

    [[nodiscard]] Index size() const { return rows.rows(); }
    [[nodiscard]] Index dimension() const { return rows.cols(); }
    template <class Scalar>
    [[nodiscard]] mohs::MatrixOf<Scalar> as() const;
};

/// Neither infinite nor NaN. By bits: std::isfinite is constant under -ffast-math.
inline bool is_finite(double value)
{
    constexpr std::uint64_t exponent = 0x7ff0000000000000U;
    return (std::bit_cast<std::uint64_t>(value) & exponent) != exponent;
}

bool is_finite_row(const Table& rows, Index row);

/// Rounds all elements to `Scalar`, for tests of 16-bit input.
template <class Scalar>
Data rounded_to(Data data);

using Generator = std::mt19937_64;

/// Uniform in [0, 1). The standard distributions differ between standard libraries.
inline double uniform(Generator& generator)
{
    return static_cast<double>(generator() >> 11) * 0x1p-53;
}

Index uniform_below(Generator& generator, Index bound);

double normal(Generator& generator);

inline double round_to_float(double value)
{
    return static_cast<double>(static_cast<float>(value));
}

Table gaussian_rows(Index rows, Index dimension, Generator& generator);

/// Labels 0 .. classes - 1 in random order, all of about the same frequency.
std::vector<std::int64_t> shuffled_labels(Index rows, Index classes, Generator& generator);

/// Independent Gaussian rows; about four rows per class.
Data gaussian(Index rows, Index dimension, std::uint64_t seed = 1);

/// Four rows around the centre of each class, in random order; every twentieth row is a near-duplicate of a row of
/// another class.
Data clustered(Index rows, Index dimension, std::uint64_t seed = 2);

/// Every row several times, bit for bit, under several labels.
Data duplicates(Index rows, Index dimension, std::uint64_t seed = 3);

Data all_equal(Index rows, Index dimension, std::uint64_t seed = 4);

/// Every third row is zero.
Data zero_rows(Index rows, Index dimension, std::uint64_t seed = 5);

Data one_class(Index rows, Index dimension, std::uint64_t seed = 6);

Data two_classes(Index rows, Index dimension, std::uint64_t seed = 7);

Data singletons(Index rows, Index dimension, std::uint64_t seed = 8);

/// Rows with a NaN, an infinity or both, of either sign, at any column: about one in five.
Data non_finite(Index rows, Index dimension, std::uint64_t seed = 9);

/// A data set, times a factor.
Data scaled(Data data, double factor, std::string name);

/// Norms from 1e-30 to 1e30 in one batch.
Data mixed_magnitudes(Index rows, Index dimension, std::uint64_t seed = 10);

/// For every anchor and every metric, a later candidate is closer than an earlier one, up to the anchor itself: row i
/// is cos(t) u + sin(t) w with t falling to 0 and w orthogonal to u and, nearly, to the other w. A selector's threshold
/// rises as often as it can.
Data ascending(Index rows, Index dimension, std::uint64_t seed = 11);

/// Without labels.
Data unlabelled(Data data);

/// With sample ids that several rows share, about three rows each, and that are not row numbers.
Data with_shared_ids(Data data, std::uint64_t seed = 12);

/// With the row number as sample id: what a batch without ids means in a scan of itself.
Data with_row_ids(Data data);

/// All kinds of data that a miner has to survive, at one size.
std::vector<Data> all_kinds(Index rows, Index dimension);

/// The rows in the order `order`, with their labels and ids.
Data permuted(const Data& data, const std::vector<Index>& order);

/// 0 .. size - 1, shuffled.
std::vector<Index> shuffled_rows(Index size, std::uint64_t seed);

/// Rows of a `Data` as the library wants them, with the memory that the batch looks at.
template <class Scalar>
class Owned {
public:
    explicit Owned(const Data& data);
    [[nodiscard]] mohs::Batch<Scalar> batch() const;

private:
    mohs::MatrixOf<Scalar> rows_;
    std::vector<std::int64_t> labels_, ids_;
};

// ---------------------------------------------------------------------------------------------------------------------
// Values

/// |x|, without overflow or underflow of the squares.
double norm(const Eigen::Ref<const Eigen::RowVectorXd>& x);

/// x / |x|, and zero for a zero row.
Eigen::RowVectorXd unit(Eigen::RowVectorXd x);

/// The largest power of two that is at most the norm of half of the finite rows that are not zero, or more; 0 if there
/// are none.
double typical_norm(const Table& rows);

/// The mean of the finite rows whose norm is at least half and less than four times the typical one.
Eigen::RowVectorXd typical_mean(const Table& rows);

template <class M>
inline constexpr bool is_similarity = std::is_same_v<M, mohs::Cosine> || std::is_same_v<M, mohs::DotProduct> ||
                                      std::is_same_v<M, mohs::Normalised<mohs::DotProduct>>;
template <class M>
inline constexpr bool is_squared =
    std::is_same_v<M, mohs::SquaredEuclidean> || std::is_same_v<M, mohs::Normalised<mohs::SquaredEuclidean>>;
template <class M>
inline constexpr bool is_normalised = true;
template <>
inline constexpr bool is_normalised<mohs::DotProduct> = false;
template <>
inline constexpr bool is_normalised<mohs::Euclidean> = false;
template <>
inline constexpr bool is_normalised<mohs::SquaredEuclidean> = false;

/// A metric as a value, so that what is computed from it is compiled once instead of per metric.
struct Metric {
    bool similarity, squared, normalised;
};
template <class M>
inline constexpr Metric metric_of{is_similarity<M>, is_squared<M>, is_normalised<M>};

/// The similarity or distance of two finite rows, in the metric's own unit.
double value(Metric metric, const Table& a, Index row_a, const Table& b, Index row_b);
template <class M>
double value(const Table& a, Index row_a, const Table& b, Index row_b)
{
    return value(metric_of<M>, a, row_a, b, row_b);
}

// ---------------------------------------------------------------------------------------------------------------------
// Relations

/// Anchors and candidates of a scan. In a scan of a batch against itself both are the same object.
struct Scene {
    const Data& anchors;
    const Data& candidates;
    bool self;

    explicit Scene(const Data& batch) : anchors(batch), candidates(batch), self(true) {}
    Scene(const Data& queries, const Data& gallery) : anchors(queries), candidates(gallery), self(false) {}

    /// Whether the two rows are one sample: by id, or by row number in a scan of itself.
    [[nodiscard]] bool same_sample(Index anchor, Index candidate) const;

    [[nodiscard]] bool is_positive(Index anchor, Index candidate) const;

    [[nodiscard]] bool is_candidate(Index anchor, Index candidate, Among among) const;

    /// The candidates of an anchor, ascending.
    [[nodiscard]] std::vector<Index> candidates_of(Index anchor, Among among) const;

    /// Whether two candidates are the same row, bit for bit (0 and -0 are the same row too): no arithmetic can tell
    /// them apart, so the lower one comes first.
    [[nodiscard]] bool same_row(Index a, Index b) const;
};

// ---------------------------------------------------------------------------------------------------------------------
// Ranking, and how far the kernel's ranking may be from it

/// What the kernel computes in: its steps near 1 and its smallest normal number.
struct Precision {
    double epsilon, smallest;
};
template <class T>
inline constexpr Precision precision_of{static_cast<double>(std::numeric_limits<T>::epsilon()),
                                        static_cast<double>(std::numeric_limits<T>::min())};

/// Keys rank as the metric does; bigger is closer. Similarities themselves; squared distances, negated. `error` bounds
/// |key of the kernel - exact key|; two candidates whose exact keys differ by less than twice that may change places.
///
/// `value` is the metric's own, and `value_error` bounds how far what accumulators and row visitors see may be from it.
struct Key {
    Index candidate;
    double key;
    double error;
    double value;
    double value_error;
};

/// The keys of all candidates of an anchor, in ascending order of the candidates. `T`, or `precision`, is what the
/// kernel computes in.
///
/// With u the unit roundoff of T and D the depth. Packing rounds each element by at most 2 u (factor and product). A
/// chain of D multiply-adds, fused or not, is off by at most gamma_D = D u / (1 - D u) times the sum of the |terms|,
/// which is at most |a| |b| (Higham, Accuracy and Stability, section 3.1). Together (D + 6) u |a| |b| covers a
/// similarity. A distance has the key -|a - b|^2 = 2 (a b - |b|^2 / 2) - |a|^2, where the last term is common to all
/// candidates: (D + 6) u (|a| |b| + |b|^2) times 2, of rows relative to about the typical mean of the candidates unless they
/// are normalised. Elements and products may vanish below the smallest normal number: 32 D times that, in units of the
/// largest norm; in float, of at most 2^41 times the typical norm, but at least 2^-60 times the largest.
std::vector<Key> keys(Metric metric, Precision precision, const Scene& scene, Index anchor, Among among);
template <class M, class T>
std::vector<Key> keys(const Scene& scene, Index anchor, Among among)
{
    return keys(metric_of<M>, precision_of<T>, scene, anchor, among);
}

/// Total order: key, then lowest row.
inline bool ranks_before(const Key& a, const Key& b)
{
    return a.key != b.key ? a.key > b.key : a.candidate < b.candidate;
}

/// Negates the keys, so that the farthest candidate ranks first.
std::vector<Key> farthest_first(std::vector<Key> keys);

/// The candidate that ranks first, -1 if there is none.
Index first_of(const std::vector<Key>& keys);

double largest_error(const std::vector<Key>& keys);

/// Whether `found` may be called the first of `keys`: the oracle's answer, or a candidate whose exact key is within the
/// kernel's rounding of the best. Never a row with an identical one before it. -1 exactly where there are no
/// candidates.
bool is_first_of(const Scene& scene, const std::vector<Key>& keys, Index found);

/// Whether `found` may be called the first k of `keys`, in order: as long as it has to be, no candidate twice, every
/// rank within the kernel's rounding of the oracle's, and of identical rows the lower one first.
bool are_first_of(const Scene& scene, std::vector<Key> keys, std::size_t k, const std::vector<Index>& found);

// ---------------------------------------------------------------------------------------------------------------------
// Machines

/// Rows of a panel at one level: where tiles begin and end.
template <class T>
Index panel_width(IsaLevel level);

/// Memory as a workspace gives it: the kernels are only ever handed such.
template <class T>
struct AlignedAllocator {
    using value_type = T;
    AlignedAllocator() = default;
    template <class U>
    AlignedAllocator(const AlignedAllocator<U>&)
    {
    }
    T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{64})); }
    void deallocate(T* memory, std::size_t) { ::operator delete(memory, std::align_val_t{64}); }
    friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};
template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// Numbers of rows around the edges of one and of several panels.
template <class T>
std::vector<Index> edge_sizes(IsaLevel level);

/// The message of the std::invalid_argument that `function` throws; empty if it throws none. Other exceptions pass.
std::string message_of(const std::function<void()>& function);

/// Whether a message mentions all of `parts`.
bool mentions(const std::string& message, std::initializer_list<std::string> parts);

/// Runs bodies on std::threads: what the thread sanitizer understands.
mohs::Executor thread_executor(int threads);

/// Runs bodies one after the other on the calling thread, last first.
mohs::Executor backward_executor();

}  // namespace reference
