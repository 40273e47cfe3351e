// The program of examples/recommendation: values of R, its lazy-load data base, and MovieLens.

#include "../../examples/recommendation/movie_lens.hpp"
#include "../../examples/recommendation/r_data.hpp"
#include "catch.hpp"
#include "io/scratch_folder.hpp"

#include <zlib.h>
#include <cstring>
#include <fstream>

#include "../../examples/recommendation/movie_lens.cpp"
#include "../../examples/recommendation/r_data.cpp"

namespace {

using recommendation::Bytes;
using recommendation::RKind;
using recommendation::RValue;

/// Bytes of values of R, put down by hand.
class Writer {
public:
    Writer& word(std::uint32_t value)
    {
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes_.push_back(static_cast<unsigned char>(value >> shift));
        }
        return *this;
    }
    Writer& header(std::uint32_t version = 3)
    {
        bytes_ = {'X', '\n'};
        word(version).word(0x40101).word(0x30500);
        return version == 3 ? word(5).raw("UTF-8") : *this;
    }
    Writer& raw(const std::string& text)
    {
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        return *this;
    }
    Writer& text(const std::string& content)
    {
        return word(0x40009).word(static_cast<std::uint32_t>(content.size())).raw(content);
    }
    Writer& integers(const std::vector<std::int32_t>& values, std::uint32_t flags = 0)
    {
        word(13 | flags).word(static_cast<std::uint32_t>(values.size()));
        for (const std::int32_t value : values) {
            word(static_cast<std::uint32_t>(value));
        }
        return *this;
    }
    Writer& numbers(const std::vector<double>& values)
    {
        word(14).word(static_cast<std::uint32_t>(values.size()));
        for (const double value : values) {
            std::uint64_t bits = 0;
            std::memcpy(&bits, &value, sizeof bits);
            word(static_cast<std::uint32_t>(bits >> 32)).word(static_cast<std::uint32_t>(bits));
        }
        return *this;
    }
    Writer& texts(const std::vector<std::string>& values)
    {
        word(16).word(static_cast<std::uint32_t>(values.size()));
        for (const std::string& value : values) {
            text(value);
        }
        return *this;
    }
    Writer& list(std::uint32_t size, bool has_attributes) { return word(19 | (has_attributes ? 0x200 : 0)).word(size); }
    /// The attribute `names`, the first time by its symbol and then by a reference to that, and no other.
    Writer& names(const std::vector<std::string>& values, bool first = false)
    {
        word(0x402);
        if (first) {
            word(1).text("names");
        } else {
            word(0x1FF);
        }
        return texts(values).word(254);
    }
    [[nodiscard]] const Bytes& bytes() const { return bytes_; }

private:
    Bytes bytes_;
};

Bytes packed(const Bytes& bytes)
{
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    Bytes result(size);
    REQUIRE(compress(result.data(), &size, bytes.data(), static_cast<uLong>(bytes.size())) == Z_OK);
    result.resize(size);
    return result;
}

void write(const std::filesystem::path& path, const Bytes& bytes)
{
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// What is said of what is refused, or nothing.
template <class Function>
std::string refused(const Function& function)
{
    try {
        (void)function();
    } catch (const std::runtime_error& error) {
        const std::string what = error.what();
        CHECK(what.find('\n') == std::string::npos);
        return what;
    }
    return "";
}
std::string refused_bytes(const Bytes& bytes)
{
    return refused([&] { return recommendation::parse_r_value(bytes, "these bytes"); });
}

/// Ratings of three users and three films, as dslabs has them.
Writer frame()
{
    Writer writer;
    writer.header().list(7, true);
    writer.integers({31, 7, 31, 900}).texts({"Dumbo", "Sleepers", "Dumbo", "Gattaca"});
    writer.integers({1941, 1996, 1941, 1997}).integers({1, 2, 1, 1}).integers({5, 5, 2, 9});
    writer.numbers({2.5, 3.5, 5, 4}).integers({30, 10, 20, 40});
    writer.names({"movieId", "title", "year", "genres", "userId", "rating", "timestamp"}, true);
    return writer;
}

/// An index that says where `movielens` is.
Writer index_of(std::int32_t begin, std::int32_t size, std::int32_t compressed = 1)
{
    Writer writer;
    writer.header().list(3, true);
    writer.list(1, true).integers({begin, size}).names({"movielens"}, true);
    writer.list(0, false);
    writer.integers({compressed}).names({"variables", "references", "compressed"});
    return writer;
}

/// The variable as the data base has it: its length, and the packed bytes.
Bytes entry_of(const Bytes& bytes, std::uint32_t length)
{
    const Bytes rest = packed(bytes);
    Bytes entry = Writer().word(length).bytes();
    entry.insert(entry.end(), rest.begin(), rest.end());
    return entry;
}

}  // namespace

TEST_CASE("recommendation: values of R are what was written", "[recommendation]")
{
    Writer writer;
    writer.header().list(4, true).integers({1, -2, 2147483647}).numbers({0.5, -1e300}).texts({"a", "", "\xc3\xa4"});
    writer.word(254).names({"whole", "real", "words", "nothing"}, true);
    const RValue value = recommendation::parse_r_value(writer.bytes(), "it");
    REQUIRE(value.kind == RKind::list);
    CHECK(value.find("whole")->integers == std::vector<std::int32_t>{1, -2, 2147483647});
    CHECK(value.find("real")->numbers == std::vector<double>{0.5, -1e300});
    CHECK(value.find("words")->texts == std::vector<std::string>{"a", "", "\xc3\xa4"});
    CHECK(value.find("nothing")->kind == RKind::nothing);
    CHECK(value.find("other") == nullptr);
    CHECK(recommendation::parse_r_value(Writer().header(2).integers({7}).bytes(), "it").integers.front() == 7);
    // A string that is missing, and attributes of vectors.
    const RValue missing =
        recommendation::parse_r_value(Writer().header().word(16).word(1).word(9).word(0xFFFFFFFFU).bytes(), "it");
    CHECK(missing.texts.front() == "NA");
    const RValue factor =
        recommendation::parse_r_value(Writer().header().integers({1, 2}, 0x200).names({"x", "y"}, true).bytes(), "it");
    CHECK(factor.attributes.front().second.texts.size() == 2);
}

TEST_CASE("recommendation: bytes of R that end too early are refused at every byte", "[recommendation]")
{
    const Bytes whole = frame().bytes();
    REQUIRE(refused_bytes(whole) == "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CAPTURE(size);
        REQUIRE(refused_bytes(part).find("these bytes") == 0);
    }
    Bytes more = whole;
    more.push_back(0);
    CHECK(refused_bytes(more) == "these bytes goes on for 1 bytes behind its value");
}

TEST_CASE("recommendation: hostile bytes of R are refused or read, and take no memory", "[recommendation]")
{
    // Every word becomes a lie: lengths of gigabytes, types that there are not, references to nothing.
    const Bytes whole = frame().bytes();
    for (std::size_t at = 0; at + 4 <= whole.size(); ++at) {
        for (const std::uint32_t lie : {0U, 1U, 2U, 19U, 0xFFU, 0x213U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
            Bytes bytes = whole;
            const Bytes word = Writer().word(lie).bytes();
            std::copy(word.begin(), word.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
            CAPTURE(at, lie);
            const std::string message = refused_bytes(bytes);
            REQUIRE((message.empty() || message.find("these bytes") == 0));
        }
    }
    CHECK(
        refused_bytes(Writer().header().word(13).word(0x7FFFFFFFU).bytes()).find("2147483647 elements does not fit") !=
        std::string::npos);
    CHECK(refused_bytes(Writer().header().word(13).word(0xFFFFFFFFU).bytes()).find("length that is not read") !=
          std::string::npos);
    CHECK(refused_bytes(Writer().header().word(4).bytes()).find("type 4") != std::string::npos);
    CHECK(refused_bytes(Writer().header(4).bytes()).find("version 4") != std::string::npos);
    CHECK(refused_bytes({'A', '\n'}).find("binary format") != std::string::npos);
    Writer deep;
    deep.header();
    for (int i = 0; i < 100'000; ++i) {
        deep.list(1, false);
    }
    CHECK(refused_bytes(deep.bytes()).find("30 deep") != std::string::npos);
    Writer wide;
    wide.header().list(1'000'001, false);
    for (int i = 0; i < 1'000'001; ++i) {
        wide.word(254);
    }
    CHECK(refused_bytes(wide.bytes()).find("more than 1000000 elements") != std::string::npos);
}

TEST_CASE("recommendation: packed bytes are unpacked whole or refused", "[recommendation]")
{
    const Bytes bytes(300'000, 'x');
    const Bytes small = packed(bytes);
    CHECK(recommendation::unpack(small, bytes.size(), "it") == bytes);
    // A bomb: it is given up where it becomes too long.
    CHECK(refused([&] { return recommendation::unpack(small, bytes.size() - 1, "it"); }).find("longer than 299999") !=
          std::string::npos);
    for (std::size_t size = 0; size < small.size(); ++size) {
        const Bytes part(small.begin(), small.begin() + static_cast<std::ptrdiff_t>(size));
        CAPTURE(size);
        REQUIRE(refused([&] { return recommendation::unpack(part, 1'000'000, "it"); }) ==
                "it is damaged or cut off: it cannot be unpacked");
    }
    CHECK(refused([&] { return recommendation::unpack({1, 2, 3, 4}, 10, "it"); }) != "");
}

TEST_CASE("recommendation: MovieLens is found in its data base, by any of its folders", "[recommendation]")
{
    const ScratchFolder scratch;
    const Bytes bytes = frame().bytes(), entry = entry_of(bytes, static_cast<std::uint32_t>(bytes.size()));
    Bytes data{'j', 'u', 'n', 'k'};
    data.insert(data.end(), entry.begin(), entry.end());
    const std::filesystem::path folder = scratch / "here", deep = folder / "usr/lib/R/site-library/dslabs/data";
    std::filesystem::create_directories(deep);
    write(deep / "Rdata.rdx", packed(index_of(4, static_cast<std::int32_t>(entry.size())).bytes()));
    write(deep / "Rdata.rdb", data);
    for (const std::filesystem::path& from : {folder, deep, deep.parent_path()}) {
        const recommendation::Ratings ratings = recommendation::load_movie_lens(from);
        CHECK(ratings.users == 3);
        CHECK(ratings.items == 3);
        CHECK(ratings.titles == std::vector<std::string>{"Sleepers", "Dumbo", "Gattaca"});
        // Users 2, 5 and 9; by time. Two and a half stars are met, and not liked.
        const std::vector<recommendation::Rating> right{{0, 1, 3, 20}, {1, 0, 1, 10}, {1, 1, 0, 30}, {2, 2, 2, 40}};
        CHECK(ratings.list == right);
    }
    CHECK(refused([&] { return recommendation::load_movie_lens(folder / "none"); }).find("no Rdata.rdx") !=
          std::string::npos);
}

TEST_CASE("recommendation: a data base that lies is refused", "[recommendation]")
{
    const ScratchFolder scratch;
    const std::filesystem::path base = scratch / "Rdata", index = scratch / "Rdata.rdx", data = scratch / "Rdata.rdb";
    const Bytes bytes = frame().bytes();
    const Bytes entry = entry_of(bytes, static_cast<std::uint32_t>(bytes.size()));
    const auto size = static_cast<std::int32_t>(entry.size());
    const auto message = [&](const Bytes& index_bytes, const Bytes& data_bytes) {
        write(index, packed(index_bytes));
        write(data, data_bytes);
        return refused([&] { return recommendation::load_r_variable(base, "movielens"); });
    };
    REQUIRE(message(index_of(0, size).bytes(), entry) == "");
    CHECK(message(index_of(1, size).bytes(), entry).find("too short") != std::string::npos);
    CHECK(message(index_of(0, 2147483647).bytes(), entry).find("too short") != std::string::npos);
    CHECK(message(index_of(-1, size).bytes(), entry).find("does not say where") != std::string::npos);
    CHECK(message(index_of(0, 4).bytes(), entry).find("does not say where") != std::string::npos);
    CHECK(message(index_of(0, size, 3).bytes(), entry).find("not packed by zlib") != std::string::npos);
    CHECK(message(frame().bytes(), entry).find("no index") != std::string::npos);
    for (const std::uint32_t lie : {0U, 5U, static_cast<std::uint32_t>(bytes.size()) + 1, 0xFFFFFFFFU}) {
        CHECK(message(index_of(0, size).bytes(), entry_of(bytes, lie)) != "");
    }
    for (std::size_t cut = 0; cut < entry.size(); cut += 7) {
        CAPTURE(cut);
        Bytes damaged = entry;
        damaged[cut] ^= 0x55U;
        CHECK(message(index_of(0, size).bytes(), damaged) != "");
    }
    CHECK(refused([&] { return recommendation::load_r_variable(base, "other"); }).find("no variable other") !=
          std::string::npos);
    std::filesystem::remove(data);
    CHECK(refused([&] {
              return recommendation::load_r_variable(base, "movielens");
          }).find("Rdata.rdb cannot be read") != std::string::npos);
    write(index, {});
    CHECK(refused([&] { return recommendation::load_r_variable(base, "movielens"); }).find("cannot be unpacked") !=
          std::string::npos);
}

TEST_CASE("recommendation: frames that are not MovieLens are refused", "[recommendation]")
{
    const RValue good = recommendation::parse_r_value(frame().bytes(), "it");
    const auto message = [&](const auto& change) {
        RValue value = good;
        change(value);
        return refused([&] { return recommendation::ratings_of(value, "it"); });
    };
    CHECK(message([](RValue&) {}) == "");
    CHECK(message([](RValue& value) { value.attributes.clear(); }).find("movieId") != std::string::npos);
    CHECK(message([](RValue& value) { value.items.resize(5); }).find("timestamp") != std::string::npos);
    CHECK(message([](RValue& value) { std::swap(value.items[0], value.items[5]); }).find("movieId") !=
          std::string::npos);
    CHECK(message([](RValue& value) { value.items[4].integers.pop_back(); }).find("lengths") != std::string::npos);
    CHECK(message([](RValue& value) { value.items[5].numbers[2] = 5.5; }).find("line 3") != std::string::npos);
    CHECK(message([](RValue& value) {
              value.items[6].integers[1] = (std::numeric_limits<std::int32_t>::min)();
          }).find("line 2") != std::string::npos);
    CHECK(message([](RValue& value) { value.items[4].integers[2] = 5; }).find("two ratings") != std::string::npos);
}
