#pragma once

#include "block.hpp"

#include <filesystem>
#include <optional>

namespace mine_corpus {

/// Finished blocks of a run, beside its output: a file each, in the folder <output>.journal/<key>/. A block is there as
/// a whole or not at all, whenever the process ends, and it is taken by runs of the same key alone.
class Journal {
public:
    Journal(const std::string& output, const std::string& key);

    /// A finished block; nothing for one that is not there, or is damaged.
    [[nodiscard]] std::optional<Block> find(mohs::Index number) const;
    void add(mohs::Index number, const Block& block) const;
    /// Takes the blocks of this key away.
    void remove() const;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    [[nodiscard]] std::filesystem::path path_of(mohs::Index number) const;

    std::filesystem::path all_, folder_;
};

}  // namespace mine_corpus
