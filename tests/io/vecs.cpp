#include <mohs/io/vecs.hpp>

#include "../catch.hpp"
#include "bytes.hpp"

namespace {

using mohs::FileAccess;
using mohs::Index;
using mohs::ScalarKind;

std::string row_of(std::int32_t columns, std::initializer_list<float> elements)
{
    std::string result = bytes_of(columns);
    for (const float element : elements) {
        result += bytes_of(element);
    }
    return result;
}

const std::string fvecs = row_of(3, {1, 2, 3}) + row_of(3, {4, 5, 6}) + row_of(3, {7, 8, 9});

std::string refused_fvecs(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { (void)mohs::open_fvecs(file); });
}

std::string refused_fbin(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { (void)mohs::open_fbin(file); });
}

}

TEST_CASE("rows after their lengths are read")
{
    const ScratchFolder folder;
    put(folder / "a.fvecs", fvecs);
    put(folder / "a.bvecs",
        bytes_of(std::int32_t{4}) + "\x01\x02\xff\x03" + bytes_of(std::int32_t{4}) + "\x05\x06\x07\x80");
    for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
        const mohs::RowFile file = mohs::open_fvecs(folder / "a.fvecs", access);
        CHECK(file.rows() == 3);
        CHECK(file.columns() == 3);
        CHECK(file.scalar() == ScalarKind::float32);
        mohs::RowBlock<float> block;
        CHECK(block.load(file, 0, 3) == (mohs::Matrix(3, 3) << 1, 2, 3, 4, 5, 6, 7, 8, 9).finished());
        CHECK(block.load(file, 1, 2) == (mohs::Matrix(2, 3) << 4, 5, 6, 7, 8, 9).finished());
        CHECK(file.view<float>(1, 2).has_value() == file.is_mapped());

        const mohs::RowFile bytes = mohs::open_bvecs(folder / "a.bvecs", access);
        CHECK(bytes.rows() == 2);
        CHECK(bytes.scalar() == ScalarKind::uint8);
        CHECK(block.load(bytes, 0, 2) == (mohs::Matrix(2, 4) << 1, 2, 255, 3, 5, 6, 7, 128).finished());
    }
}

TEST_CASE("many rows after their lengths are read piece by piece")
{
    const ScratchFolder folder;
    std::string content;
    for (int row = 0; row < 40000; ++row) {
        content += bytes_of(std::int32_t{10});
        for (int column = 0; column < 10; ++column) {
            content += bytes_of(static_cast<float>(row * 10 + column));
        }
    }
    put(folder / "a.fvecs", content);
    const mohs::RowFile file = mohs::open_fvecs(folder / "a.fvecs");
    mohs::Matrix rows;
    file.read(1, 39999, rows);
    bool equal = true;
    for (Index i = 0; i < rows.size(); ++i) {
        equal = equal && rows.data()[i] == static_cast<float>(i + 10);
    }
    CHECK(equal);
}

TEST_CASE("lengths that lie are refused")
{
    const ScratchFolder folder;
    const auto path = folder / "a.fvecs";
    for (std::size_t size = 0; size < fvecs.size(); ++size) {
        INFO(size);
        if (size == 0 || size % 16 != 0) {
            CHECK(contains_any(refused_fvecs(path, fvecs.substr(0, size)), {"is cut off", "which are not rows of 3"}));
        }
    }
    CHECK(mentions(refused_fvecs(path, row_of(0, {1, 2})), "has 0 columns in its first row"));
    CHECK(mentions(refused_fvecs(path, row_of(-3, {1, 2, 3})), "has -3 columns in its first row"));
    CHECK(mentions(refused_fvecs(path, row_of(2147483647, {1, 2, 3})), "which are not rows of 2147483647 columns"));
    CHECK(mentions(refused_fvecs(path, row_of(INT32_MIN, {1, 2, 3})), "has -2147483648 columns"));

    // Whose rows have other lengths, but together those of whole rows.
    for (const std::int32_t lie : {2, -3, 0, 2147483647}) {
        put(path, row_of(3, {1, 2, 3}) + row_of(lie, {4, 5, 6}));
        for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
            const mohs::RowFile file = mohs::open_fvecs(path, access);
            mohs::RowBlock<float> block;
            CHECK(block.load(file, 0, 1)(0, 0) == 1.0f);
            CHECK(thrown_by<std::runtime_error>([&] { block.load(file, 0, 2); }) ==
                  "mohs::open_fvecs: " + path.string() + " has " + std::to_string(lie) +
                      " columns in row 1, but 3 in the first");
        }
    }
}

TEST_CASE("rows after one header are read, and headers that lie refused")
{
    const ScratchFolder folder;
    const auto path = folder / "a.fbin";
    const std::string elements = bytes_of(1.5f) + bytes_of(2.0f) + bytes_of(-3.0f) + bytes_of(4.0f);
    const auto header = [](std::uint32_t rows, std::uint32_t columns) { return bytes_of(rows) + bytes_of(columns); };
    put(path, header(2, 2) + elements);
    for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
        mohs::RowBlock<float> block;
        CHECK(block.load(mohs::open_fbin(path, access), 0, 2) == (mohs::Matrix(2, 2) << 1.5, 2, -3, 4).finished());
    }
    CHECK(refused_fbin(path, header(4, 1) + elements) == "nothing was thrown");
    CHECK(mentions(refused_fbin(path, header(3, 2) + elements), "is cut off: it has 24 bytes instead of 32"));
    CHECK(mentions(refused_fbin(path, header(1, 2) + elements), "has foreign bytes at its end"));
    CHECK(mentions(refused_fbin(path, header(4294967295U, 4294967295U) + elements), "no memory could hold"));
    CHECK(mentions(refused_fbin(path, header(4294967295U, 2147483647U) + elements), "no memory could hold"));
    CHECK(mentions(refused_fbin(path, header(4294967295U, 1) + elements), "is cut off"));
    CHECK(mentions(refused_fbin(path, header(1, 0)), "0 columns"));
    CHECK(refused_fbin(path, header(0, 5)) == "nothing was thrown");
    for (std::size_t size = 0; size < 24; ++size) {
        CHECK(mentions(refused_fbin(path, (header(2, 2) + elements).substr(0, size)), "is cut off"));
    }
}
