#pragma once

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/io/row_source.hpp>

#include <span>

namespace mine_corpus {

/// Rows of a file as a BlockSource of floats, with sample ids or without. Integers and doubles become floats.
class SourceRows {
public:
    using Scalar = float;

    SourceRows(const mohs::RowSource& source, std::span<const std::int64_t> ids) : rows_(source), ids_(ids) {}

    [[nodiscard]] mohs::Index rows() const { return rows_.rows(); }
    [[nodiscard]] mohs::Index columns() const { return rows_.columns(); }
    [[nodiscard]] bool has_ids() const { return ids_given_; }
    [[nodiscard]] std::int64_t id(mohs::Index row) const { return ids_[static_cast<std::size_t>(row)]; }
    [[nodiscard]] mohs::BlockRows<float> block(mohs::Index first, mohs::Index count, mohs::Matrix& buffer) const
    {
        return rows_.block(first, count, buffer);
    }

private:
    mohs::ReadSource<float, mohs::RowSource> rows_;
    std::span<const std::int64_t> ids_;
    bool ids_given_ = !ids_.empty();
};

}  // namespace mine_corpus
