#if defined(MOHS_RECOMMENDATION_ZLIB)

#include "r_data.hpp"

#include <zlib.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace recommendation {

namespace {

constexpr std::size_t most_bytes = std::size_t{64} << 20, most_elements = 1'000'000;

[[noreturn]] void fail(const std::string& where, const std::string& what)
{
    throw std::runtime_error(where + " " + what);
}

/// The types of serialised items that are read (R internals, 1.8).
enum Type : std::uint32_t {
    symbol = 1,
    pairs = 2,
    characters = 9,
    logicals = 10,
    integers = 13,
    doubles = 14,
    strings = 16,
    list = 19,
    empty_environment = 242,
    nil = 254,
    reference = 255
};

class Parser {
public:
    Parser(const Bytes& bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    RValue run()
    {
        if (left() < 14 || bytes_[0] != 'X' || bytes_[1] != '\n') {
            fail(where_, "is not in R's binary format of serialised values");
        }
        at_ = 2;
        const std::uint32_t version = word();
        at_ += 8;  // the versions of R that wrote it, and that can read it
        if (version != 2 && version != 3) {
            fail(where_, "is serialised in version " + std::to_string(version) + ", but only 2 and 3 are read");
        }
        if (version == 3) {
            (void)text(length(1));  // the native encoding
        }
        RValue value = item(0);
        if (left() > 0) {
            fail(where_, "goes on for " + std::to_string(left()) + " bytes behind its value");
        }
        return value;
    }

private:
    [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

    const unsigned char* take(std::size_t count)
    {
        if (count > left()) {
            fail(where_, "ends too early");
        }
        const unsigned char* const begin = bytes_.data() + at_;
        at_ += count;
        return begin;
    }

    std::uint32_t word()
    {
        const unsigned char* const byte = take(4);
        return static_cast<std::uint32_t>(byte[0]) << 24 | static_cast<std::uint32_t>(byte[1]) << 16 |
               static_cast<std::uint32_t>(byte[2]) << 8 | byte[3];
    }

    /// A number of elements, each of which takes so many bytes at least.
    std::size_t length(std::size_t bytes)
    {
        const std::uint32_t count = word();
        if (count > 0x7FFFFFFFU) {
            fail(where_, "has a vector of a length that is not read");
        }
        if (count > left() / bytes) {
            fail(where_, "ends too early: a vector of " + std::to_string(count) + " elements does not fit");
        }
        return count;
    }

    std::string text(std::size_t size) { return {reinterpret_cast<const char*>(take(size)), size}; }

    /// Of the item that begins with these flags.
    std::string characters_of(std::uint32_t flags)
    {
        if ((flags & 0xFFU) != characters) {
            fail(where_, "has a string that is none");
        }
        const std::uint32_t size = word();
        return size == 0xFFFFFFFFU ? "NA" : text(size);
    }

    std::string name_of(std::uint32_t flags)
    {
        if ((flags & 0xFFU) == symbol) {
            symbols_.push_back(characters_of(word()));
            return symbols_.back();
        }
        std::size_t number = flags >> 8;
        number = (flags & 0xFFU) == reference && number == 0 ? word() : number;
        if ((flags & 0xFFU) != reference || number == 0 || number > symbols_.size()) {
            fail(where_, "has a name that is none");
        }
        return symbols_[number - 1];
    }

    /// Counts an element of a list or an attribute.
    void count()
    {
        if (++elements_ > most_elements) {
            fail(where_, "has lists of more than " + std::to_string(most_elements) + " elements");
        }
    }

    RValue item(int depth)
    {
        if (depth > 30) {
            fail(where_, "has lists that are more than 30 deep");
        }
        const std::uint32_t flags = word(), type = flags & 0xFFU;
        RValue value;
        switch (type) {
            case nil:
            case empty_environment: return value;
            case logicals:
            case integers:
                value.kind = RKind::integers;
                for (std::size_t more = reserve(value.integers, length(4)); more > 0; --more) {
                    value.integers.push_back(static_cast<std::int32_t>(word()));
                }
                break;
            case doubles:
                value.kind = RKind::numbers;
                for (std::size_t more = reserve(value.numbers, length(8)); more > 0; --more) {
                    const std::uint64_t high = word();
                    value.numbers.push_back(std::bit_cast<double>(high << 32 | word()));
                }
                break;
            case strings:
                value.kind = RKind::texts;
                for (std::size_t more = reserve(value.texts, length(8)); more > 0; --more) {
                    value.texts.push_back(characters_of(word()));
                }
                break;
            case list:
                value.kind = RKind::list;
                for (std::size_t more = length(4); more > 0; --more) {
                    count();
                    value.items.push_back(item(depth + 1));
                }
                break;
            default: fail(where_, "has a value of type " + std::to_string(type) + ", which is not read");
        }
        if ((flags & 0x200U) != 0) {
            read_attributes(value, depth);
        }
        return value;
    }

    template <class T>
    static std::size_t reserve(std::vector<T>& values, std::size_t count)
    {
        values.reserve(count);
        return count;
    }

    void read_attributes(RValue& value, int depth)
    {
        for (std::uint32_t flags = word(); (flags & 0xFFU) != nil; flags = word()) {
            if (flags != (pairs | 0x400U)) {
                fail(where_, "has attributes that are none");
            }
            count();
            std::string name = name_of(word());
            value.attributes.emplace_back(std::move(name), item(depth + 1));
        }
    }

    const Bytes& bytes_;
    const std::string& where_;
    std::size_t at_ = 0, elements_ = 0;
    std::vector<std::string> symbols_;
};

/// Bytes [begin, begin + count) of a file.
Bytes read_part(const std::filesystem::path& path, std::uint64_t begin, std::uint64_t count, std::uint64_t size)
{
    if (begin > size || count > size - begin) {
        fail(path.string(), "is too short for what its index says");
    }
    if (count > most_bytes) {
        fail(path.string(), "has a part of more than 64 MiB");
    }
    std::ifstream stream(path, std::ios::binary);
    Bytes bytes(static_cast<std::size_t>(count));
    stream.seekg(static_cast<std::streamoff>(begin));
    if (!stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()))) {
        fail(path.string(), "cannot be read");
    }
    return bytes;
}

std::uint64_t size_of(const std::filesystem::path& path)
{
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error) {
        fail(path.string(), "cannot be read: " + error.message());
    }
    return size;
}

}  // namespace

const RValue* RValue::find(const std::string& name) const
{
    for (const auto& [attribute, names] : attributes) {
        if (attribute == "names") {
            const auto at = std::find(names.texts.begin(), names.texts.end(), name) - names.texts.begin();
            return at < static_cast<std::ptrdiff_t>((std::min)(names.texts.size(), items.size()))
                       ? &items[static_cast<std::size_t>(at)]
                       : nullptr;
        }
    }
    return nullptr;
}

RValue parse_r_value(const Bytes& bytes, const std::string& where)
{
    return Parser(bytes, where).run();
}

Bytes unpack(const Bytes& packed, std::size_t most, const std::string& where)
{
    z_stream stream{};
    constexpr int zlib_or_gzip = 15 + 32;
    if (inflateInit2(&stream, zlib_or_gzip) != Z_OK) {
        fail(where, "cannot be unpacked: there is no memory");
    }
    struct End {
        z_stream& stream;
        ~End() { inflateEnd(&stream); }
    } end{stream};
    stream.next_in = const_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    Bytes bytes, part(std::size_t{1} << 16);
    for (int status = Z_OK; status != Z_STREAM_END;) {
        stream.next_out = part.data();
        stream.avail_out = static_cast<uInt>(part.size());
        status = inflate(&stream, Z_NO_FLUSH);
        const std::size_t got = part.size() - stream.avail_out;
        if ((status != Z_OK && status != Z_STREAM_END) || (status == Z_OK && got == 0 && stream.avail_in == 0)) {
            fail(where, "is damaged or cut off: it cannot be unpacked");
        }
        if (got > most - bytes.size()) {
            fail(where, "becomes longer than " + std::to_string(most) + " bytes when it is unpacked");
        }
        bytes.insert(bytes.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    }
    return bytes;
}

RValue load_r_variable(const std::filesystem::path& base, const std::string& name)
{
    std::filesystem::path index_path = base, data_path = base;
    index_path += ".rdx";
    data_path += ".rdb";
    const std::string where = index_path.string();
    const std::uint64_t index_size = size_of(index_path);
    const RValue index =
        parse_r_value(unpack(read_part(index_path, 0, index_size, index_size), most_bytes, where), where);
    const RValue* const variables = index.find("variables");
    const RValue* const compressed = index.find("compressed");
    if (variables == nullptr || compressed == nullptr) {
        fail(where, "is no index of an R lazy-load data base");
    }
    if (compressed->integers != std::vector<std::int32_t>{1}) {
        fail(where, "is of a data base that is not packed by zlib, which is not read");
    }
    const RValue* const place = variables->find(name);
    if (place == nullptr) {
        fail(where, "has no variable " + name);
    }
    if (place->integers.size() != 2 || place->integers[0] < 0 || place->integers[1] < 5) {
        fail(where, "does not say where " + name + " is");
    }
    Bytes packed = read_part(data_path, static_cast<std::uint64_t>(place->integers[0]),
                             static_cast<std::uint64_t>(place->integers[1]), size_of(data_path));
    const std::string data = data_path.string();
    const std::size_t length = static_cast<std::size_t>(packed[0]) << 24 | static_cast<std::size_t>(packed[1]) << 16 |
                               static_cast<std::size_t>(packed[2]) << 8 | packed[3];
    if (length > most_bytes) {
        fail(data, "has a part of more than 64 MiB");
    }
    packed.erase(packed.begin(), packed.begin() + 4);
    const Bytes bytes = unpack(packed, length, data);
    if (bytes.size() != length) {
        fail(data, "has a part of another length than it says");
    }
    return parse_r_value(bytes, data);
}

}  // namespace recommendation

#endif
