#include "block.hpp"

#include "content_hash.hpp"

#include <stdexcept>

namespace mine_corpus {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Block, lists, negatives, non_finite_positives, without_reference, overflows, missing,
                                   repeated, copies, index_searches, index_faults, exact_fallbacks, recall,
                                   recall_lists, shortfalls, rejected, positive, negative, difference, depth, suspects,
                                   samples)

std::string block_bytes(const Block& block)
{
    // A line of JSON, the output as it is, and a hash of both.
    nlohmann::json head = block;
    std::string bytes = head.dump() + "\n" + block.text;
    ContentHash hash;
    hash.add(bytes);
    return bytes + hash.text();
}

Block parse_block(const std::string& bytes)
{
    const std::size_t digits = 16, end = bytes.size() < digits ? 0 : bytes.size() - digits, line = bytes.find('\n');
    ContentHash hash;
    hash.add(std::string_view(bytes).substr(0, end));
    if (end == 0 || line >= end || bytes.substr(end) != hash.text()) {
        throw std::runtime_error("a block of the journal is damaged");
    }
    Block block = nlohmann::json::parse(bytes.substr(0, line)).get<Block>();
    block.text = bytes.substr(line + 1, end - line - 1);
    return block;
}

}  // namespace mine_corpus
