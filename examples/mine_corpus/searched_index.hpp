#pragma once

#include <mohs/batch.hpp>
#include <mohs/options.hpp>

#include <functional>
#include <string>

namespace mine_corpus {

/// An index of approximate search, whatever its kind, as a CorpusMiner takes it.
struct SearchedIndex {
    std::function<mohs::MatrixOf<mohs::Index>(const mohs::Batch<float>&, mohs::Index)> function;

    [[nodiscard]] mohs::MatrixOf<mohs::Index> search(const mohs::Batch<float>& queries, mohs::Index k) const
    {
        return function(queries, k);
    }
};

/// Whether the program has an index of this name; "exact" is none, and always there.
bool is_built_in(const std::string& kind);

/// An index over rows, which are viewed while it is made, of a kind that is built in.
SearchedIndex make_index(const std::string& kind, const std::string& metric, const mohs::Matrix& rows,
                         std::uint64_t seed, const mohs::Options& run);

}  // namespace mine_corpus
