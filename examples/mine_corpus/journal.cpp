#include "journal.hpp"

#include <mohs/io/atomic_file.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace mine_corpus {

Journal::Journal(const std::string& output, const std::string& key) : all_(output + ".journal"), folder_(all_ / key)
{
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) {
        throw std::runtime_error(folder_.string() + ": the journal cannot be made: " + error.message());
    }
}

std::optional<Block> Journal::find(mohs::Index number) const
{
    std::ifstream file(path_of(number), std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    try {
        return parse_block(bytes);
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

void Journal::add(mohs::Index number, const Block& block) const
{
    mohs::AtomicFile file(path_of(number));
    file.write(block_bytes(block));
    file.commit();
}

void Journal::remove() const
{
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
    std::filesystem::remove(all_, error);  // only if no run of another key has blocks there
}

std::filesystem::path Journal::path_of(mohs::Index number) const
{
    return folder_ / ("block-" + std::to_string(number));
}

}  // namespace mine_corpus
