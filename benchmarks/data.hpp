#pragma once

/// \file
/// The rows that are mined: three kinds, because independent Gaussian rows never trouble a threshold.

#include <mohs/types.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <random>
#include <vector>

namespace bench {

using mohs::Index;

/// Rows per class.
inline constexpr Index class_size = 4;

enum class Kind {
    gaussian,   ///< independent rows, classes in random order
    clustered,  ///< rows around a centre per class, in random order; 5 % are near-duplicates of a row of another class
    ascending   ///< rows along an arc, classes in order: for a late anchor nearly every candidate beats the one before
};

inline constexpr Kind all_kinds[] = {Kind::gaussian, Kind::clustered, Kind::ascending};

inline const char* to_string(Kind kind)
{
    switch (kind) {
        case Kind::gaussian: return "gaussian";
        case Kind::clustered: return "clustered";
        default: return "ascending";
    }
}

struct Data {
    mohs::Matrix rows;
    std::vector<std::int64_t> labels;
};

namespace detail {

class Generator {
public:
    void fill(float* row, Index dimension, float scale)
    {
        for (Index k = 0; k < dimension; ++k) {
            row[k] += scale * normal_(engine_);
        }
    }
    Index below(Index end) { return std::uniform_int_distribution<Index>(0, end - 1)(engine_); }
    template <class Values>
    void shuffle(Values& values)
    {
        std::shuffle(values.begin(), values.end(), engine_);
    }

private:
    std::mt19937_64 engine_{20240607};
    std::normal_distribution<float> normal_;
};

inline void fill_clustered(Data& data, Generator& generator)
{
    const Index rows = data.rows.rows(), dimension = data.rows.cols();
    mohs::Matrix centres = mohs::Matrix::Zero(rows / class_size + 1, dimension);
    generator.fill(centres.data(), centres.size(), 1);
    for (Index row = 0; row < rows; ++row) {
        data.rows.row(row) = centres.row(data.labels[static_cast<std::size_t>(row)]);
    }
    generator.fill(data.rows.data(), data.rows.size(), 0.7F);
    for (Index copy = 0; copy < rows / 20; ++copy) {
        const Index to = generator.below(rows), from = generator.below(rows);
        if (data.labels[static_cast<std::size_t>(to)] != data.labels[static_cast<std::size_t>(from)]) {
            data.rows.row(to) = data.rows.row(from);
            generator.fill(data.rows.row(to).data(), dimension, 0.02F);
        }
    }
}

/// Cosines of angles between rows on a quarter of a circle, in a random plane.
inline void fill_ascending(Data& data, Generator& generator)
{
    const Index rows = data.rows.rows(), dimension = data.rows.cols();
    mohs::Matrix plane = mohs::Matrix::Zero(2, dimension);
    generator.fill(plane.data(), plane.size(), 1);
    plane.row(0).normalize();
    plane.row(1) -= plane.row(1).dot(plane.row(0)) * plane.row(0);
    plane.row(1).normalize();
    for (Index row = 0; row < rows; ++row) {
        const double angle = std::numbers::pi / 2 * static_cast<double>(row) / static_cast<double>(rows);
        data.rows.row(row) =
            static_cast<float>(std::cos(angle)) * plane.row(0) + static_cast<float>(std::sin(angle)) * plane.row(1);
    }
}

}  // namespace detail

/// The same rows for the same arguments, with one standard library.
inline Data make_data(Kind kind, Index rows, Index dimension)
{
    Data data{mohs::Matrix::Zero(rows, dimension), std::vector<std::int64_t>(static_cast<std::size_t>(rows))};
    for (Index row = 0; row < rows; ++row) {
        data.labels[static_cast<std::size_t>(row)] = row / class_size;
    }
    detail::Generator generator;
    if (kind != Kind::ascending) {
        generator.shuffle(data.labels);
    }
    switch (kind) {
        case Kind::gaussian: generator.fill(data.rows.data(), data.rows.size(), 1); break;
        case Kind::clustered: detail::fill_clustered(data, generator); break;
        case Kind::ascending: detail::fill_ascending(data, generator); break;
    }
    return data;
}

/// Operations that a self-scan cannot do without, two per multiply-add: N^2 D / 2 multiply-adds, as each pair is
/// computed once.
inline double useful_flops(Index rows, Index dimension)
{
    return static_cast<double>(rows) * static_cast<double>(rows) * static_cast<double>(dimension);
}

/// The rows of make_data, kept until other rows are asked for: Google Benchmark calls a case several times.
inline const Data& cached_data(Kind kind, Index rows, Index dimension)
{
    static Data data;
    static Kind kept = kind;
    if (data.rows.rows() != rows || data.rows.cols() != dimension || kept != kind) {
        data = {};
        data = make_data(kind, rows, dimension);
        kept = kind;
    }
    return data;
}

}  // namespace bench
