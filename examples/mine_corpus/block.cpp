#include "block.hpp"

#include "content_hash.hpp"

#include <cstring>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace mine_corpus {

namespace {

/// Calls f(member) for every member: for those that write and read blocks.
template <class AnyBlock, class F>
void for_each_member(AnyBlock& block, const F& f)
{
    f(block.text), f(block.lists), f(block.negatives), f(block.non_finite_positives), f(block.without_reference);
    f(block.overflows), f(block.missing), f(block.repeated), f(block.copies), f(block.index_searches);
    f(block.index_faults), f(block.exact_fallbacks), f(block.recall), f(block.recall_lists), f(block.shortfalls);
    f(block.rejected), f(block.positive), f(block.negative), f(block.difference), f(block.depth), f(block.suspects);
    f(block.samples);
}

[[noreturn]] void refuse()
{
    throw std::runtime_error("a block of the journal is damaged");
}

/// Numbers as this machine has them, texts and lists after their lengths.
class BlockWriter {
public:
    template <class T>
        requires std::is_arithmetic_v<T>
    void put(T number)
    {
        bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    }
    void put(const std::string& text)
    {
        put(text.size());
        bytes_ += text;
    }
    void put(const ShownRow& row)
    {
        put(row.name);
        put(row.score.has_value());
        put(row.score.value_or(0));
    }
    void put(const Sample& sample)
    {
        put(sample.query);
        put(sample.positives);
        put(sample.negatives);
    }
    template <class A, class B>
    void put(const std::pair<A, B>& both)
    {
        put(both.first);
        put(both.second);
    }
    template <class T, std::size_t size>
    void put(const std::array<T, size>& all)
    {
        for (const T& each : all) {
            put(each);
        }
    }
    template <class T>
    void put(const std::vector<T>& all)
    {
        put(all.size());
        for (const T& each : all) {
            put(each);
        }
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// The same backwards, from bytes whose hash is right.
class BlockReader {
public:
    explicit BlockReader(std::string_view bytes) : left_(bytes) {}

    template <class T>
        requires std::is_arithmetic_v<T>
    void get(T& number)
    {
        std::memcpy(&number, next(sizeof(number)).data(), sizeof(number));
    }
    void get(std::string& text) { text = next(size(1)); }
    void get(ShownRow& row)
    {
        bool has_score = false;
        double score = 0;
        get(row.name);
        get(has_score);
        get(score);
        row.score = has_score ? std::optional(score) : std::nullopt;
    }
    void get(Sample& sample)
    {
        get(sample.query);
        get(sample.positives);
        get(sample.negatives);
    }
    template <class A, class B>
    void get(std::pair<A, B>& both)
    {
        get(both.first);
        get(both.second);
    }
    template <class T, std::size_t size>
    void get(std::array<T, size>& all)
    {
        for (T& each : all) {
            get(each);
        }
    }
    template <class T>
    void get(std::vector<T>& all)
    {
        // Every element takes at least eight bytes.
        all.resize(size(8));
        for (T& each : all) {
            get(each);
        }
    }
    [[nodiscard]] bool at_end() const { return left_.empty(); }

private:
    std::string_view next(std::size_t count)
    {
        if (count > left_.size()) {
            refuse();
        }
        const std::string_view result = left_.substr(0, count);
        left_.remove_prefix(count);
        return result;
    }
    /// A length, of elements of at least so many bytes, all of which are there.
    std::size_t size(std::size_t least)
    {
        std::size_t result = 0;
        get(result);
        if (result > left_.size() / least) {
            refuse();
        }
        return result;
    }

    std::string_view left_;
};

}  // namespace

std::string block_bytes(const Block& block)
{
    BlockWriter writer;
    for_each_member(block, [&](const auto& member) { writer.put(member); });
    std::string bytes = writer.take();
    ContentHash hash;
    hash.add(bytes);
    return bytes + hash.text();
}

Block parse_block(const std::string& bytes)
{
    const std::size_t digits = 16, end = bytes.size() < digits ? 0 : bytes.size() - digits;
    ContentHash hash;
    hash.add(std::string_view(bytes).substr(0, end));
    if (std::string_view(bytes).substr(end) != hash.text()) {
        refuse();
    }
    Block block;
    BlockReader reader(std::string_view(bytes).substr(0, end));
    for_each_member(block, [&](auto& member) { reader.get(member); });
    if (!reader.at_end()) {
        refuse();
    }
    return block;
}

}  // namespace mine_corpus
