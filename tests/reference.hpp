#pragma once

/// \file What the tests compare the library with: naive loops in double, written from the definitions, and the data
/// that all tests share.
///
/// Nothing here calls the library, except for plain types, the list of instruction sets and the width of a panel.

#include <mohs/mohs.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <new>
#include <numbers>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
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
    [[nodiscard]] mohs::MatrixOf<Scalar> as() const
    {
        mohs::MatrixOf<Scalar> result(rows.rows(), rows.cols());
        for (Index i = 0; i < rows.size(); ++i) {
            result.data()[i] = static_cast<Scalar>(rows.data()[i]);
        }
        return result;
    }
};

/// Neither infinite nor NaN. By bits: std::isfinite is constant under -ffast-math.
inline bool is_finite(double value)
{
    constexpr std::uint64_t exponent = 0x7ff0000000000000U;
    return (std::bit_cast<std::uint64_t>(value) & exponent) != exponent;
}

inline bool is_finite_row(const Table& rows, Index row)
{
    for (Index k = 0; k < rows.cols(); ++k) {
        if (!is_finite(rows(row, k))) {
            return false;
        }
    }
    return true;
}

/// Rounds all elements to `Scalar`, for tests of 16-bit input.
template <class Scalar>
Data rounded_to(Data data)
{
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(static_cast<Scalar>(data.rows.data()[i]));
    }
    return data;
}

using Generator = std::mt19937_64;

/// Uniform in [0, 1). The standard distributions differ between standard libraries.
inline double uniform(Generator& generator)
{
    return static_cast<double>(generator() >> 11) * 0x1p-53;
}

inline Index uniform_below(Generator& generator, Index bound)
{
    return static_cast<Index>(generator() % static_cast<std::uint64_t>(bound));
}

inline double normal(Generator& generator)
{
    const double radius = std::sqrt(-2 * std::log(1 - uniform(generator)));
    return radius * std::cos(2 * std::numbers::pi * uniform(generator));
}

inline double round_to_float(double value)
{
    return static_cast<double>(static_cast<float>(value));
}

inline Table gaussian_rows(Index rows, Index dimension, Generator& generator)
{
    Table result(rows, dimension);
    for (Index i = 0; i < result.size(); ++i) {
        result.data()[i] = round_to_float(normal(generator));
    }
    return result;
}

/// Labels 0 .. classes - 1 in random order, all of about the same frequency.
inline std::vector<std::int64_t> shuffled_labels(Index rows, Index classes, Generator& generator)
{
    std::vector<std::int64_t> labels(static_cast<std::size_t>(rows));
    for (std::size_t i = 0; i < labels.size(); ++i) {
        labels[i] = static_cast<std::int64_t>(i) % classes;
    }
    for (std::size_t i = labels.size(); i > 1; --i) {
        std::swap(labels[i - 1], labels[static_cast<std::size_t>(uniform_below(generator, static_cast<Index>(i)))]);
    }
    return labels;
}

/// Independent Gaussian rows; about four rows per class.
inline Data gaussian(Index rows, Index dimension, std::uint64_t seed = 1)
{
    Generator generator(seed);
    Table table = gaussian_rows(rows, dimension, generator);
    return {"gaussian", std::move(table), shuffled_labels(rows, std::max<Index>(1, rows / 4), generator)};
}

/// Four rows around the centre of each class, in random order; every twentieth row is a near-duplicate of a row of
/// another class.
inline Data clustered(Index rows, Index dimension, std::uint64_t seed = 2)
{
    Generator generator(seed);
    Data data{"clustered", Table(rows, dimension),
              shuffled_labels(rows, std::max<Index>(1, (rows + 3) / 4), generator)};
    const Table centres = gaussian_rows(rows + 1, dimension, generator);
    for (Index i = 0; i < rows; ++i) {
        const bool near_duplicate = i > 0 && i % 20 == 0;
        for (Index k = 0; k < dimension; ++k) {
            const double centre =
                near_duplicate ? data.rows(i - 1, k) : centres(data.labels[static_cast<std::size_t>(i)], k);
            data.rows(i, k) = round_to_float(centre + (near_duplicate ? 1e-3 : 0.3) * normal(generator));
        }
    }
    return data;
}

/// Every row several times, bit for bit, under several labels.
inline Data duplicates(Index rows, Index dimension, std::uint64_t seed = 3)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "duplicates";
    Generator generator(seed + 1);
    for (Index i = 1; i < rows; ++i) {
        if (uniform(generator) < 0.7) {
            data.rows.row(i) = data.rows.row(uniform_below(generator, i));
        }
    }
    return data;
}

inline Data all_equal(Index rows, Index dimension, std::uint64_t seed = 4)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "all rows equal";
    for (Index i = 1; i < rows; ++i) {
        data.rows.row(i) = data.rows.row(0);
    }
    return data;
}

/// Every third row is zero.
inline Data zero_rows(Index rows, Index dimension, std::uint64_t seed = 5)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "zero rows";
    for (Index i = 0; i < rows; i += 3) {
        data.rows.row(i).setZero();
    }
    return data;
}

inline Data one_class(Index rows, Index dimension, std::uint64_t seed = 6)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "one class";
    std::fill(data.labels.begin(), data.labels.end(), 7);
    return data;
}

inline Data two_classes(Index rows, Index dimension, std::uint64_t seed = 7)
{
    Generator generator(seed);
    Table table = gaussian_rows(rows, dimension, generator);
    Data data{"two classes", std::move(table), shuffled_labels(rows, 2, generator)};
    // Far apart and on both sides of zero.
    for (std::int64_t& label : data.labels) {
        label = label == 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    }
    return data;
}

inline Data singletons(Index rows, Index dimension, std::uint64_t seed = 8)
{
    Generator generator(seed);
    Table table = gaussian_rows(rows, dimension, generator);
    return {"all singletons", std::move(table), shuffled_labels(rows, std::max<Index>(1, rows), generator)};
}

/// Rows with a NaN, an infinity or both, of either sign, at any column: about one in five.
inline Data non_finite(Index rows, Index dimension, std::uint64_t seed = 9)
{
    Data data = clustered(rows, dimension, seed);
    data.name = "NaN and infinite rows";
    Generator generator(seed + 1);
    const double bad[] = {std::bit_cast<double>(0x7ff8000000000000U), std::bit_cast<double>(0x7ff0000000000000U),
                          std::bit_cast<double>(0xfff0000000000000U)};
    for (Index i = 0; i < rows; ++i) {
        if (i % 5 == 2) {
            const Index count = 1 + uniform_below(generator, dimension);
            for (Index j = 0; j < count; ++j) {
                data.rows(i, uniform_below(generator, dimension)) = bad[uniform_below(generator, 3)];
            }
        }
    }
    return data;
}

/// A data set, times a factor.
inline Data scaled(Data data, double factor, std::string name)
{
    data.name = std::move(name);
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = round_to_float(data.rows.data()[i] * factor);
    }
    return data;
}

/// Norms from 1e-30 to 1e30 in one batch.
inline Data mixed_magnitudes(Index rows, Index dimension, std::uint64_t seed = 10)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "norms from 1e-30 to 1e30";
    Generator generator(seed + 1);
    for (Index i = 0; i < rows; ++i) {
        const double factor = std::pow(10.0, 60 * uniform(generator) - 30);
        for (Index k = 0; k < dimension; ++k) {
            data.rows(i, k) = round_to_float(data.rows(i, k) * factor);
        }
    }
    return data;
}

/// For every anchor and every metric, a later candidate is closer than an earlier one, up to the anchor itself: row i
/// is cos(t) u + sin(t) w with t falling to 0 and w orthogonal to u and, nearly, to the other w. A selector's threshold
/// rises as often as it can.
inline Data ascending(Index rows, Index dimension, std::uint64_t seed = 11)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "ascending scores";
    for (Index i = 0; i < rows; ++i) {
        const double angle = 1.5 * (1 - static_cast<double>(i) / static_cast<double>(rows));
        double norm = 0;
        for (Index k = 1; k < dimension; ++k) {
            norm += data.rows(i, k) * data.rows(i, k);
        }
        for (Index k = 1; k < dimension; ++k) {
            data.rows(i, k) = round_to_float(data.rows(i, k) * std::sin(angle) / std::sqrt(norm));
        }
        data.rows(i, 0) = round_to_float(std::cos(angle));
    }
    return data;
}

/// Without labels.
inline Data unlabelled(Data data)
{
    data.labels.clear();
    data.name += ", no labels";
    return data;
}

/// With sample ids that several rows share, about three rows each, and that are not row numbers.
inline Data with_shared_ids(Data data, std::uint64_t seed = 12)
{
    Generator generator(seed);
    data.name += ", shared ids";
    data.ids = shuffled_labels(data.size(), std::max<Index>(1, data.size() / 3), generator);
    for (std::int64_t& id : data.ids) {
        id = 1000 - 17 * id;
    }
    return data;
}

/// With the row number as sample id: what a batch without ids means in a scan of itself.
inline Data with_row_ids(Data data)
{
    data.ids.resize(static_cast<std::size_t>(data.size()));
    for (std::size_t i = 0; i < data.ids.size(); ++i) {
        data.ids[i] = static_cast<std::int64_t>(i);
    }
    return data;
}

/// All kinds of data that a miner has to survive, at one size.
inline std::vector<Data> all_kinds(Index rows, Index dimension)
{
    return {gaussian(rows, dimension),
            clustered(rows, dimension),
            duplicates(rows, dimension),
            all_equal(rows, dimension),
            zero_rows(rows, dimension),
            one_class(rows, dimension),
            two_classes(rows, dimension),
            singletons(rows, dimension),
            non_finite(rows, dimension),
            scaled(clustered(rows, dimension, 13), 1e30, "huge norms"),
            scaled(clustered(rows, dimension, 14), 1e-30, "tiny norms"),
            mixed_magnitudes(rows, dimension),
            ascending(rows, dimension),
            unlabelled(gaussian(rows, dimension, 15)),
            with_shared_ids(clustered(rows, dimension, 16))};
}

/// The rows in the order `order`, with their labels and ids.
inline Data permuted(const Data& data, const std::vector<Index>& order)
{
    Data result{data.name + ", permuted", Table(static_cast<Index>(order.size()), data.dimension()), {}, {}};
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto from = static_cast<std::size_t>(order[i]);
        result.rows.row(static_cast<Index>(i)) = data.rows.row(order[i]);
        if (!data.labels.empty()) {
            result.labels.push_back(data.labels[from]);
        }
        if (!data.ids.empty()) {
            result.ids.push_back(data.ids[from]);
        }
    }
    return result;
}

/// 0 .. size - 1, shuffled.
inline std::vector<Index> shuffled_rows(Index size, std::uint64_t seed)
{
    Generator generator(seed);
    std::vector<Index> order;
    for (const std::int64_t value : shuffled_labels(size, std::max<Index>(1, size), generator)) {
        order.push_back(value);
    }
    return order;
}

/// Rows of a `Data` as the library wants them, with the memory that the batch looks at.
template <class Scalar>
class Owned {
public:
    explicit Owned(const Data& data) : rows_(data.as<Scalar>()), labels_(data.labels), ids_(data.ids) {}

    [[nodiscard]] mohs::Batch<Scalar> batch() const
    {
        // An empty batch with labels is not the same as one without.
        mohs::Batch<Scalar> result =
            labels_.empty() && rows_.rows() > 0 ? mohs::Batch<Scalar>(rows_) : mohs::Batch<Scalar>(rows_, labels_);
        return ids_.empty() ? result : result.with_ids(ids_);
    }

private:
    mohs::MatrixOf<Scalar> rows_;
    std::vector<std::int64_t> labels_, ids_;
};

// ---------------------------------------------------------------------------------------------------------------------
// Values

/// |x|, without overflow or underflow of the squares.
inline double norm(const Eigen::Ref<const Eigen::RowVectorXd>& x)
{
    double largest = 0, sum = 0;
    for (Index k = 0; k < x.size(); ++k) {
        largest = std::max(largest, std::abs(x[k]));
    }
    if (largest == 0) {
        return 0;
    }
    for (Index k = 0; k < x.size(); ++k) {
        sum += (x[k] / largest) * (x[k] / largest);
    }
    return largest * std::sqrt(sum);
}

/// x / |x|, and zero for a zero row.
inline Eigen::RowVectorXd unit(Eigen::RowVectorXd x)
{
    double largest = 0;
    for (Index k = 0; k < x.size(); ++k) {
        largest = std::max(largest, std::abs(x[k]));
    }
    if (largest == 0) {
        return x;
    }
    x /= largest;
    return x / norm(x);
}

template <class M>
struct Definition;

template <>
struct Definition<mohs::DotProduct> {
    static double value(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b)
    {
        double sum = 0;
        for (Index k = 0; k < a.size(); ++k) {
            sum += a[k] * b[k];
        }
        return sum;
    }
};
template <>
struct Definition<mohs::Euclidean> {
    static double value(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b) { return norm(a - b); }
};
template <>
struct Definition<mohs::SquaredEuclidean> {
    static double value(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b)
    {
        const double distance = norm(a - b);
        return distance * distance;
    }
};
template <class Base>
struct Definition<mohs::Normalised<Base>> {
    static double value(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b)
    {
        return Definition<Base>::value(unit(a), unit(b));
    }
};
template <>
struct Definition<mohs::Cosine> : Definition<mohs::Normalised<mohs::DotProduct>> {};

/// The similarity or distance of two finite rows, in the metric's own unit.
template <class M>
double value(const Table& a, Index row_a, const Table& b, Index row_b)
{
    return Definition<M>::value(a.row(row_a), b.row(row_b));
}

template <class M>
inline constexpr bool is_similarity = std::is_same_v<M, mohs::Cosine> || std::is_same_v<M, mohs::DotProduct> ||
                                      std::is_same_v<M, mohs::Normalised<mohs::DotProduct>>;
template <class M>
inline constexpr bool is_normalised = true;
template <>
inline constexpr bool is_normalised<mohs::DotProduct> = false;
template <>
inline constexpr bool is_normalised<mohs::Euclidean> = false;
template <>
inline constexpr bool is_normalised<mohs::SquaredEuclidean> = false;

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
    [[nodiscard]] bool same_sample(Index anchor, Index candidate) const
    {
        if (!anchors.ids.empty()) {
            return anchors.ids[static_cast<std::size_t>(anchor)] == candidates.ids[static_cast<std::size_t>(candidate)];
        }
        return self && anchor == candidate;
    }

    [[nodiscard]] bool is_positive(Index anchor, Index candidate) const
    {
        return !anchors.labels.empty() && anchors.labels[static_cast<std::size_t>(anchor)] ==
                                              candidates.labels[static_cast<std::size_t>(candidate)];
    }

    [[nodiscard]] bool is_candidate(Index anchor, Index candidate, Among among) const
    {
        if (!is_finite_row(anchors.rows, anchor) || !is_finite_row(candidates.rows, candidate) ||
            same_sample(anchor, candidate)) {
            return false;
        }
        return among == Among::everyone || (among == Among::positives) == is_positive(anchor, candidate);
    }

    /// The candidates of an anchor, ascending.
    [[nodiscard]] std::vector<Index> candidates_of(Index anchor, Among among) const
    {
        std::vector<Index> result;
        for (Index candidate = 0; candidate < candidates.size(); ++candidate) {
            if (is_candidate(anchor, candidate, among)) {
                result.push_back(candidate);
            }
        }
        return result;
    }

    /// Whether two candidates are the same row, bit for bit (0 and -0 are the same row too): no arithmetic can tell
    /// them apart, so the lower one comes first.
    [[nodiscard]] bool same_row(Index a, Index b) const { return candidates.rows.row(a) == candidates.rows.row(b); }
};

// ---------------------------------------------------------------------------------------------------------------------
// Ranking, and how far the kernel's ranking may be from it

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

/// The keys of all candidates of an anchor, in ascending order of the candidates. `T` is what the kernel computes in.
///
/// With u the unit roundoff of T and D the depth. Packing rounds each element by at most 2 u (factor and product). A
/// chain of D multiply-adds, fused or not, is off by at most gamma_D = D u / (1 - D u) times the sum of the |terms|,
/// which is at most |a| |b| (Higham, Accuracy and Stability, section 3.1). Together (D + 6) u |a| |b| covers a
/// similarity. A distance has the key -|a - b|^2 = 2 (a b - |b|^2 / 2) - |a|^2, where the last term is common to all
/// candidates: (D + 6) u (|a| |b| + |b|^2) times 2, of rows relative to about the column mean of the candidates unless they
/// are normalised. Elements far below the largest norm R may vanish below the smallest normal number: 32 D times that,
/// in units of R.
template <class M, class T>
std::vector<Key> keys(const Scene& scene, Index anchor, Among among)
{
    const std::vector<Index> candidates = scene.candidates_of(anchor, among);
    const auto depth = static_cast<double>(scene.candidates.dimension());
    const double rounding = (depth + 6) * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2 * 1.01;
    const double tiny = 32 * depth * static_cast<double>(std::numeric_limits<T>::min());
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(scene.candidates.dimension());
    double largest_anchor = 0, largest_candidate = 0, count = 0;
    for (Index row = 0; row < scene.candidates.size(); ++row) {
        if (is_finite_row(scene.candidates.rows, row)) {
            mean += scene.candidates.rows.row(row);
            ++count;
            largest_candidate = std::max(largest_candidate, norm(scene.candidates.rows.row(row)));
        }
    }
    for (Index row = 0; row < scene.anchors.size(); ++row) {
        if (is_finite_row(scene.anchors.rows, row)) {
            largest_anchor = std::max(largest_anchor, norm(scene.anchors.rows.row(row)));
        }
    }
    if constexpr (is_similarity<M> || is_normalised<M>) {
        mean.setZero();
    } else {
        mean /= std::max(count, 1.0);
        largest_anchor = largest_candidate = std::max(largest_anchor, largest_candidate);
    }
    if (is_normalised<M>) {
        largest_anchor = largest_candidate = 1;
    }
    // Rows are centred near the mean: on a grid of 1/256 of about the largest norm, that is up to half of that off in
    // each column. The mean's own rounding is far below.
    const double slack = is_similarity<M> || is_normalised<M> ? 0 : std::sqrt(depth) / 500 * largest_anchor;
    const double anchor_norm = is_normalised<M> ? 1 : norm(scene.anchors.rows.row(anchor) - mean) + slack;
    const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    std::vector<Key> result;
    for (const Index candidate : candidates) {
        const double exact = value<M>(scene.anchors.rows, anchor, scene.candidates.rows, candidate);
        const double candidate_norm = is_normalised<M> ? 1 : norm(scene.candidates.rows.row(candidate) - mean) + slack;
        const double vanished = tiny * largest_anchor * largest_candidate;
        // Results below the smallest normal number of T may be flushed to zero.
        const double shown = 2 * u * std::abs(exact) + 2 * static_cast<double>(std::numeric_limits<T>::min());
        if constexpr (is_similarity<M>) {
            const double error = rounding * anchor_norm * candidate_norm + vanished;
            result.push_back({candidate, exact, error, exact, error + shown});
        } else {
            constexpr bool squared = std::is_same_v<M, mohs::SquaredEuclidean> ||
                                     std::is_same_v<M, mohs::Normalised<mohs::SquaredEuclidean>>;
            const double both = anchor_norm + candidate_norm;
            const double error = 2 * rounding * both * candidate_norm + vanished;
            // The anchor's own |a|^2 is rounded too; a root x + e is off by at most e / x and sqrt(e).
            const double squared_error = 2 * (rounding + 4 * u) * both * both + vanished;
            const double root_error =
                exact > 0 ? std::min(std::sqrt(squared_error), squared_error / exact) : std::sqrt(squared_error);
            result.push_back({candidate, -(squared ? exact : exact * exact), error, exact,
                              (squared ? squared_error : root_error) + shown});
        }
    }
    return result;
}

/// Total order: key, then lowest row.
inline bool ranks_before(const Key& a, const Key& b)
{
    return a.key != b.key ? a.key > b.key : a.candidate < b.candidate;
}

/// Negates the keys, so that the farthest candidate ranks first.
inline std::vector<Key> farthest_first(std::vector<Key> keys)
{
    for (Key& key : keys) {
        key.key = -key.key;
    }
    return keys;
}

/// The candidate that ranks first, -1 if there is none.
inline Index first_of(const std::vector<Key>& keys)
{
    const auto best = std::min_element(keys.begin(), keys.end(), ranks_before);
    return best == keys.end() ? -1 : best->candidate;
}

inline double largest_error(const std::vector<Key>& keys)
{
    double result = 0;
    for (const Key& key : keys) {
        result = std::max(result, key.error);
    }
    return result;
}

/// Whether `found` may be called the first of `keys`: the oracle's answer, or a candidate whose exact key is within the
/// kernel's rounding of the best. Never a row with an identical one before it. -1 exactly where there are no
/// candidates.
inline bool is_first_of(const Scene& scene, const std::vector<Key>& keys, Index found)
{
    const Index expected = first_of(keys);
    if (expected < 0 || found == expected) {
        return found == expected;
    }
    const Key* best = nullptr;
    const Key* mine = nullptr;
    for (const Key& key : keys) {
        best = key.candidate == expected ? &key : best;
        mine = key.candidate == found ? &key : mine;
    }
    if (mine == nullptr || best->key - mine->key > best->error + mine->error) {
        return false;
    }
    // Identical rows have identical keys; comparing keys first is faster.
    return std::none_of(keys.begin(), keys.end(), [&](const Key& key) {
        return key.candidate < found && key.key == mine->key && scene.same_row(key.candidate, found);
    });
}

/// Whether `found` may be called the first k of `keys`, in order: as long as it has to be, no candidate twice, every
/// rank within the kernel's rounding of the oracle's, and of identical rows the lower one first.
inline bool are_first_of(const Scene& scene, std::vector<Key> keys, std::size_t k, const std::vector<Index>& found)
{
    std::sort(keys.begin(), keys.end(), ranks_before);
    if (found.size() != std::min(k, keys.size())) {
        return false;
    }
    const double error = largest_error(keys);
    std::vector<bool> taken(static_cast<std::size_t>(scene.candidates.size()), false);
    for (std::size_t rank = 0; rank < found.size(); ++rank) {
        const auto mine =
            std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.candidate == found[rank]; });
        if (mine == keys.end() || taken[static_cast<std::size_t>(found[rank])] ||
            std::abs(mine->key - keys[rank].key) > 2 * error) {
            return false;
        }
        for (const Key& key : keys) {
            if (key.candidate < found[rank] && key.key == mine->key &&
                !taken[static_cast<std::size_t>(key.candidate)] && scene.same_row(key.candidate, found[rank])) {
                return false;
            }
        }
        taken[static_cast<std::size_t>(found[rank])] = true;
    }
    return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Machines

/// Rows of a panel at one level: where tiles begin and end.
template <class T>
Index panel_width(IsaLevel level)
{
    Index width = 0;
    mohs::detail::isa::with_isa(level, [&](auto isa) { width = mohs::detail::panel_width<decltype(isa), T>; });
    return width;
}

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
std::vector<Index> edge_sizes(IsaLevel level)
{
    const Index width = panel_width<T>(level);
    return {0, 1, 2, width - 1, width, width + 1, 2 * width - 1, 2 * width, 2 * width + 1, 3 * width + 2};
}

/// The message of the std::invalid_argument that `function` throws; empty if it throws none. Other exceptions pass.
template <class Function>
std::string message_of(const Function& function)
{
    try {
        function();
    } catch (const std::invalid_argument& exception) {
        return exception.what();
    }
    return {};
}

/// Whether a message mentions all of `parts`.
inline bool mentions(const std::string& message, std::initializer_list<std::string> parts)
{
    return std::all_of(parts.begin(), parts.end(),
                       [&](const std::string& part) { return message.find(part) != std::string::npos; });
}

/// Runs bodies on std::threads: what the thread sanitizer understands.
inline mohs::Executor thread_executor(int threads)
{
    return [threads](Index count, const std::function<void(Index)>& body) {
        std::vector<std::thread> pool;
        for (int thread = 0; thread < threads; ++thread) {
            pool.emplace_back([&body, thread, threads, count] {
                for (Index i = thread; i < count; i += threads) {
                    body(i);
                }
            });
        }
        for (std::thread& thread : pool) {
            thread.join();
        }
    };
}

/// Runs bodies one after the other on the calling thread, last first.
inline mohs::Executor backward_executor()
{
    return [](Index count, const std::function<void(Index)>& body) {
        for (Index i = count; i-- > 0;) {
            body(i);
        }
    };
}

}  // namespace reference
