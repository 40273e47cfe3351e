#include "reference.hpp"

#include "traps.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <thread>

namespace reference {

template <class Scalar>
mohs::MatrixOf<Scalar> Data::as() const
{
    mohs::MatrixOf<Scalar> result(rows.rows(), rows.cols());
    for (Index i = 0; i < rows.size(); ++i) {
        result.data()[i] = static_cast<Scalar>(rows.data()[i]);
    }
    return result;
}

template <class Scalar>
Data rounded_to(Data data)
{
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(static_cast<Scalar>(data.rows.data()[i]));
    }
    return data;
}

template <class Scalar>
Owned<Scalar>::Owned(const Data& data) : rows_(data.as<Scalar>()), labels_(data.labels), ids_(data.ids)
{
}

template <class Scalar>
mohs::Batch<Scalar> Owned<Scalar>::batch() const
{
    // An empty batch with labels is not the same as one without.
    mohs::Batch<Scalar> result =
        labels_.empty() && rows_.rows() > 0 ? mohs::Batch<Scalar>(rows_) : mohs::Batch<Scalar>(rows_, labels_);
    return ids_.empty() ? result : result.with_ids(ids_);
}

template mohs::MatrixOf<float> Data::as() const;
template mohs::MatrixOf<double> Data::as() const;
template mohs::MatrixOf<Eigen::half> Data::as() const;
template mohs::MatrixOf<Eigen::bfloat16> Data::as() const;
template Data rounded_to<float>(Data);
template Data rounded_to<double>(Data);
template Data rounded_to<Eigen::half>(Data);
template Data rounded_to<Eigen::bfloat16>(Data);
template class Owned<float>;
template class Owned<double>;
template class Owned<Eigen::half>;
template class Owned<Eigen::bfloat16>;

bool is_finite_row(const Table& rows, Index row)
{
    for (Index k = 0; k < rows.cols(); ++k) {
        if (!is_finite(rows(row, k))) {
            return false;
        }
    }
    return true;
}

Index uniform_below(Generator& generator, Index bound)
{
    return static_cast<Index>(generator() % static_cast<std::uint64_t>(bound));
}

double normal(Generator& generator)
{
    const double radius = std::sqrt(-2 * std::log(1 - uniform(generator)));
    return radius * std::cos(2 * std::numbers::pi * uniform(generator));
}

Table gaussian_rows(Index rows, Index dimension, Generator& generator)
{
    Table result(rows, dimension);
    for (Index i = 0; i < result.size(); ++i) {
        result.data()[i] = round_to_float(normal(generator));
    }
    return result;
}

std::vector<std::int64_t> shuffled_labels(Index rows, Index classes, Generator& generator)
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

Data gaussian(Index rows, Index dimension, std::uint64_t seed)
{
    Generator generator(seed);
    Table table = gaussian_rows(rows, dimension, generator);
    return {"gaussian", std::move(table), shuffled_labels(rows, std::max<Index>(1, rows / 4), generator)};
}

Data clustered(Index rows, Index dimension, std::uint64_t seed)
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

Data duplicates(Index rows, Index dimension, std::uint64_t seed)
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

Data all_equal(Index rows, Index dimension, std::uint64_t seed)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "all rows equal";
    for (Index i = 1; i < rows; ++i) {
        data.rows.row(i) = data.rows.row(0);
    }
    return data;
}

Data zero_rows(Index rows, Index dimension, std::uint64_t seed)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "zero rows";
    for (Index i = 0; i < rows; i += 3) {
        data.rows.row(i).setZero();
    }
    return data;
}

Data one_class(Index rows, Index dimension, std::uint64_t seed)
{
    Data data = gaussian(rows, dimension, seed);
    data.name = "one class";
    std::fill(data.labels.begin(), data.labels.end(), 7);
    return data;
}

Data two_classes(Index rows, Index dimension, std::uint64_t seed)
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

Data singletons(Index rows, Index dimension, std::uint64_t seed)
{
    Generator generator(seed);
    Table table = gaussian_rows(rows, dimension, generator);
    return {"all singletons", std::move(table), shuffled_labels(rows, std::max<Index>(1, rows), generator)};
}

Data non_finite(Index rows, Index dimension, std::uint64_t seed)
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

Data scaled(Data data, double factor, std::string name)
{
    data.name = std::move(name);
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = round_to_float(data.rows.data()[i] * factor);
    }
    return data;
}

Data mixed_magnitudes(Index rows, Index dimension, std::uint64_t seed)
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

Data ascending(Index rows, Index dimension, std::uint64_t seed)
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

Data unlabelled(Data data)
{
    data.labels.clear();
    data.name += ", no labels";
    return data;
}

Data with_shared_ids(Data data, std::uint64_t seed)
{
    Generator generator(seed);
    data.name += ", shared ids";
    data.ids = shuffled_labels(data.size(), std::max<Index>(1, data.size() / 3), generator);
    for (std::int64_t& id : data.ids) {
        id = 1000 - 17 * id;
    }
    return data;
}

Data with_row_ids(Data data)
{
    data.ids.resize(static_cast<std::size_t>(data.size()));
    for (std::size_t i = 0; i < data.ids.size(); ++i) {
        data.ids[i] = static_cast<std::int64_t>(i);
    }
    return data;
}

std::vector<Data> all_kinds(Index rows, Index dimension)
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

Data permuted(const Data& data, const std::vector<Index>& order)
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

std::vector<Index> shuffled_rows(Index size, std::uint64_t seed)
{
    Generator generator(seed);
    std::vector<Index> order;
    for (const std::int64_t value : shuffled_labels(size, std::max<Index>(1, size), generator)) {
        order.push_back(value);
    }
    return order;
}

double norm(const Eigen::Ref<const Eigen::RowVectorXd>& x)
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

Eigen::RowVectorXd unit(Eigen::RowVectorXd x)
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

double value(Metric metric, const Table& a, Index row_a, const Table& b, Index row_b)
{
    Eigen::RowVectorXd x = a.row(row_a), y = b.row(row_b);
    if (metric.normalised) {
        x = unit(x);
        y = unit(y);
    }
    if (metric.similarity) {
        double sum = 0;
        for (Index k = 0; k < x.size(); ++k) {
            sum += x[k] * y[k];
        }
        return sum;
    }
    const double distance = norm(x - y);
    return metric.squared ? distance * distance : distance;
}

bool Scene::same_sample(Index anchor, Index candidate) const
{
    if (!anchors.ids.empty()) {
        return anchors.ids[static_cast<std::size_t>(anchor)] == candidates.ids[static_cast<std::size_t>(candidate)];
    }
    return self && anchor == candidate;
}

bool Scene::is_positive(Index anchor, Index candidate) const
{
    return !anchors.labels.empty() &&
           anchors.labels[static_cast<std::size_t>(anchor)] == candidates.labels[static_cast<std::size_t>(candidate)];
}

bool Scene::is_candidate(Index anchor, Index candidate, Among among) const
{
    if (!is_finite_row(anchors.rows, anchor) || !is_finite_row(candidates.rows, candidate) ||
        same_sample(anchor, candidate)) {
        return false;
    }
    return among == Among::everyone || (among == Among::positives) == is_positive(anchor, candidate);
}

std::vector<Index> Scene::candidates_of(Index anchor, Among among) const
{
    std::vector<Index> result;
    for (Index candidate = 0; candidate < candidates.size(); ++candidate) {
        if (is_candidate(anchor, candidate, among)) {
            result.push_back(candidate);
        }
    }
    return result;
}

bool Scene::same_row(Index a, Index b) const
{
    return candidates.rows.row(a) == candidates.rows.row(b);
}

double typical_norm(const Table& rows)
{
    std::vector<double> norms;
    for (Index row = 0; row < rows.rows(); ++row) {
        if (is_finite_row(rows, row) && norm(rows.row(row)) > 0) {
            norms.push_back(std::exp2(std::floor(std::log2(norm(rows.row(row))))));
        }
    }
    std::sort(norms.begin(), norms.end());
    return norms.empty() ? 0 : norms[(norms.size() - 1) / 2];
}

Eigen::RowVectorXd typical_mean(const Table& rows)
{
    const double typical = typical_norm(rows);
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(rows.cols());
    double count = 0;
    for (Index row = 0; row < rows.rows(); ++row) {
        if (is_finite_row(rows, row) && norm(rows.row(row)) > 0 && norm(rows.row(row)) >= typical / 2 &&
            norm(rows.row(row)) < 4 * typical) {
            mean += rows.row(row);
            ++count;
        }
    }
    return mean / std::max(count, 1.0);
}

namespace {

/// What packed rows have about the length 1 or more of.
double unit_of(double largest, double typical, const Precision& precision)
{
    const bool is_float = precision.epsilon > 1e-10;
    return is_float ? std::max(std::min(largest, typical * 0x1p41), largest * 0x1p-60) : largest;
}

}  // namespace

std::vector<Key> keys(Metric metric, Precision precision, const Scene& scene, Index anchor, Among among)
{
    const Untrapped untrapped;
    const std::vector<Index> candidates = scene.candidates_of(anchor, among);
    const auto depth = static_cast<double>(scene.candidates.dimension());
    const double rounding = (depth + 6) * precision.epsilon / 2 * 1.01;
    const double tiny = 32 * depth * precision.smallest;
    const auto largest_norm = [](const Data& data) {
        double largest = 0;
        for (Index row = 0; row < data.size(); ++row) {
            largest = is_finite_row(data.rows, row) ? std::max(largest, norm(data.rows.row(row))) : largest;
        }
        return largest;
    };
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(scene.candidates.dimension());
    double anchor_unit = 1, candidate_unit = 1, slack = 0;
    if (!metric.normalised) {
        const double typical = typical_norm(scene.candidates.rows);
        anchor_unit = largest_norm(scene.anchors);
        candidate_unit = largest_norm(scene.candidates);
        if (metric.similarity) {
            anchor_unit = unit_of(anchor_unit, typical_norm(scene.anchors.rows), precision);
            candidate_unit = unit_of(candidate_unit, typical, precision);
        } else {
            anchor_unit = candidate_unit = unit_of(std::max(anchor_unit, candidate_unit), typical, precision);
            mean = typical_mean(scene.candidates.rows);
            // Rows are centred near the mean: on a grid of 1/256 of the typical norm, that is up to half of that off in
            // each column. The mean's own rounding is far below.
            slack = std::sqrt(depth) / 500 * typical;
        }
    }
    const double anchor_norm = metric.normalised ? 1 : norm(scene.anchors.rows.row(anchor) - mean) + slack;
    const double u = precision.epsilon / 2;
    std::vector<Key> result;
    for (const Index candidate : candidates) {
        const double exact = value(metric, scene.anchors.rows, anchor, scene.candidates.rows, candidate);
        const double candidate_norm = metric.normalised ? 1 : norm(scene.candidates.rows.row(candidate) - mean) + slack;
        const double vanished =
            tiny * (anchor_unit * candidate_unit + anchor_unit * candidate_norm + candidate_unit * anchor_norm);
        // Results below the smallest normal number of T may be flushed to zero.
        const double shown = 2 * u * std::abs(exact) + 2 * precision.smallest;
        if (metric.similarity) {
            const double error = rounding * anchor_norm * candidate_norm + vanished;
            result.push_back({candidate, exact, error, exact, error + shown});
        } else {
            const double both = anchor_norm + candidate_norm;
            const double error = 2 * rounding * both * candidate_norm + vanished;
            // The anchor's own |a|^2 is rounded too; a root x + e is off by at most e / x and sqrt(e).
            const double squared_error = 2 * (rounding + 4 * u) * both * both + vanished;
            const double root_error =
                exact > 0 ? std::min(std::sqrt(squared_error), squared_error / exact) : std::sqrt(squared_error);
            result.push_back({candidate, -(metric.squared ? exact : exact * exact), error, exact,
                              (metric.squared ? squared_error : root_error) + shown});
        }
    }
    return result;
}

std::vector<Key> farthest_first(std::vector<Key> keys)
{
    for (Key& key : keys) {
        key.key = -key.key;
    }
    return keys;
}

Index first_of(const std::vector<Key>& keys)
{
    const auto best = std::min_element(keys.begin(), keys.end(), ranks_before);
    return best == keys.end() ? -1 : best->candidate;
}

double largest_error(const std::vector<Key>& keys)
{
    double result = 0;
    for (const Key& key : keys) {
        result = std::max(result, key.error);
    }
    return result;
}

bool is_first_of(const Scene& scene, const std::vector<Key>& keys, Index found)
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

bool are_first_of(const Scene& scene, std::vector<Key> keys, std::size_t k, const std::vector<Index>& found)
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

template <class T>
Index panel_width(IsaLevel level)
{
    Index width = 0;
    mohs::detail::isa::with_isa(level, [&](auto isa) { width = mohs::detail::panel_width<decltype(isa), T>; });
    return width;
}

template <class T>
std::vector<Index> edge_sizes(IsaLevel level)
{
    const Index width = panel_width<T>(level);
    return {0, 1, 2, width - 1, width, width + 1, 2 * width - 1, 2 * width, 2 * width + 1, 3 * width + 2};
}

template Index panel_width<float>(IsaLevel);
template Index panel_width<double>(IsaLevel);
template std::vector<Index> edge_sizes<float>(IsaLevel);
template std::vector<Index> edge_sizes<double>(IsaLevel);

std::string message_of(const std::function<void()>& function)
{
    try {
        function();
    } catch (const std::invalid_argument& exception) {
        return exception.what();
    }
    return {};
}

bool mentions(const std::string& message, std::initializer_list<std::string> parts)
{
    return std::all_of(parts.begin(), parts.end(),
                       [&](const std::string& part) { return message.find(part) != std::string::npos; });
}

mohs::Executor thread_executor(int threads)
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

mohs::Executor backward_executor()
{
    return [](Index count, const std::function<void(Index)>& body) {
        for (Index i = count; i-- > 0;) {
            body(i);
        }
    };
}

}
