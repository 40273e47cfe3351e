#include <mohs/io/npy.hpp>
// Covers io/row_file.hpp, detail/io/npy_header.hpp.

#include "../catch.hpp"
#include "bytes.hpp"

#include <mohs/batch.hpp>

#include <array>

namespace {

using mohs::FileAccess;
using mohs::Index;
using mohs::ScalarKind;

std::string refused(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { (void)mohs::open_npy(file); });
}

}

TEST_CASE("arrays of every type are read from bytes written by hand")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    const std::string halves = bytes_of(std::uint16_t{0x3c00}) + bytes_of(std::uint16_t{0x4000}) +
                               bytes_of(std::uint16_t{0x4200}) + bytes_of(std::uint16_t{0x4400}) +
                               bytes_of(std::uint16_t{0x4500}) + bytes_of(std::uint16_t{0x4600});
    const std::vector<std::tuple<std::string, std::string, ScalarKind>> types{
        {"<f2", halves, ScalarKind::float16},
        {"<f4", numbers<float>(6), ScalarKind::float32},
        {"<f8", numbers<double>(6), ScalarKind::float64},
        {"|i1", numbers<std::int8_t>(6), ScalarKind::int8},
        {"|u1", numbers<std::uint8_t>(6), ScalarKind::uint8},
        {"<i2", numbers<std::int16_t>(6), ScalarKind::int16},
        {"<u2", numbers<std::uint16_t>(6), ScalarKind::uint16},
        {"<i4", numbers<std::int32_t>(6), ScalarKind::int32},
        {"<u4", numbers<std::uint32_t>(6), ScalarKind::uint32},
        {"<i8", numbers<std::int64_t>(6), ScalarKind::int64},
        {"<u8", numbers<std::uint64_t>(6), ScalarKind::uint64}};
    for (const auto& [type, elements, kind] : types) {
        for (const int version : {1, 2, 3}) {
            INFO(type << " version " << version);
            put(path, npy_file(npy_header(type, "(2, 3)"), elements, version));
            for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
                const mohs::RowFile file = mohs::open_npy(path, access);
                CHECK(file.rows() == 2);
                CHECK(file.columns() == 3);
                CHECK(file.scalar() == kind);
                mohs::Matrix rows;
                file.read(0, 2, rows);
                CHECK(rows == (mohs::Matrix(2, 3) << 1, 2, 3, 4, 5, 6).finished());
                file.read(1, 1, rows);
                CHECK(rows == (mohs::Matrix(1, 3) << 4, 5, 6).finished());
                mohs::RowBlock<float> block;
                CHECK(block.load(file, 1, 1) == rows);
            }
        }
    }
}

TEST_CASE("one dimension is one column, and headers may be written in other ways")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    for (const std::string header : {
             "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }",
             "{\"shape\":(3,),\"descr\":\"<i8\",\"fortran_order\":False}",
             "  {'fortran_order': True, 'descr': '<i8', 'shape': (3L,)}   \n",
             "{'descr':'<i8','fortran_order':True,'shape':(3,1)}\n\n",
             "{'descr': '<i8', 'fortran_order': False, 'shape': (3)}",
         }) {
        INFO(header);
        put(path, npy_file(header, numbers<std::int64_t>(3)));
        const mohs::RowFile file = mohs::open_npy(path);
        CHECK(file.rows() == 3);
        CHECK(file.columns() == 1);
        mohs::MatrixOf<std::int64_t> labels;
        file.read(0, 3, labels);
        CHECK(labels(2, 0) == 3);
    }
    put(path, npy_file(npy_header("<f4", "(0, 7)"), ""));
    CHECK(mohs::open_npy(path).rows() == 0);
    CHECK(mohs::open_npy(path, FileAccess::mapped).columns() == 7);
    put(path, npy_file(npy_header("<f4", "(1, 3)", "True"), numbers<float>(3)));
    CHECK(mohs::open_npy(path).columns() == 3);
}

TEST_CASE("every way to cut a file off is an error")
{
    const ScratchFolder folder;
    const std::string whole = npy_file(npy_header("<f4", "(2, 3)"), numbers<float>(6));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size);
        const std::string message = refused(folder / "a.npy", whole.substr(0, size));
        CHECK((contains_any(message, {"is cut off: it has", "is no .npy file"})));
    }
    CHECK(refused(folder / "a.npy", whole) == "nothing was thrown");
    CHECK(refused(folder / "a.npy", whole + "x") == "has foreign bytes at its end: it has " +
                                                        std::to_string(whole.size() + 1) + " bytes instead of " +
                                                        std::to_string(whole.size()));
}

TEST_CASE("headers that lie are refused before memory is taken")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    const auto shape = [&](const std::string& text) {
        return refused(path, npy_file(npy_header("<f4", text), numbers<float>(6)));
    };
    CHECK(mentions(shape("(4611686018427387904, 4)"), "no memory could hold"));
    CHECK(mentions(shape("(18446744073709551615, 18446744073709551615)"), "no memory could hold"));
    CHECK(mentions(shape("(3, 6148914691236517206)"), "no memory could hold"));
    CHECK(mentions(shape("(9223372036854775807, 1)"), "no memory could hold"));
    CHECK(mentions(shape("(1000000000000, 4)"), "is cut off"));
    CHECK(mentions(refused(path, npy_file(npy_header("|i1", "(0, 4611686018427387904)"), "")), "no memory could hold"));
    CHECK(mentions(shape("(18446744073709551616, 1)"), "larger than 64 bits"));
    CHECK(mentions(shape("(-2, -3)"), "none of a .npy file"));
    CHECK(mentions(shape("(6, 0)"), "0 columns"));
    CHECK(mentions(shape("()"), "0 dimensions"));
    CHECK(mentions(shape("(1, 2, 3)"), "3 dimensions"));
    CHECK(mentions(shape("(1,,2)"), "none of a .npy file"));
    CHECK(mentions(shape("(1 2)"), "none of a .npy file"));
    CHECK(mentions(shape("(" +
                         [] {
                             std::string ones;
                             for (int i = 0; i < 1000; ++i) {
                                 ones += "1, ";
                             }
                             return ones;
                         }() +
                         ")"),
                   "none of a .npy file"));

    const auto header = [&](const std::string& text) { return refused(path, npy_file(text, numbers<float>(6))); };
    CHECK(mentions(header(npy_header("<f4", "(2, 3)", "True")), "Fortran order"));
    CHECK(mentions(header(npy_header(">f4", "(2, 3)")), "big-endian"));
    CHECK(mentions(header(npy_header("<c8", "(2, 3)")), "type '<c8'"));
    CHECK(mentions(header(npy_header("|V2", "(2, 3)")), "type '|V2'"));
    CHECK(mentions(header(npy_header("|b1", "(2, 3)")), "type '|b1'"));
    CHECK(mentions(header(npy_header("|f4", "(2, 3)")), "type '|f4'"));
    CHECK(mentions(header(npy_header("", "(2, 3)")), "type ''"));
    CHECK(mentions(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}"), "several fields"));
    CHECK(mentions(header("{'fortran_order': False, 'shape': (2, 3)}"), "without the key 'descr'"));
    CHECK(mentions(header("{'descr': '<f4', 'shape': (2, 3)}"), "without the key 'fortran_order'"));
    CHECK(mentions(header("{'descr': '<f4', 'fortran_order': False}"), "without the key 'shape'"));
    CHECK(
        mentions(header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}"), "'descr' twice"));
    CHECK(mentions(header("{'descr': '<f4', 'x': 1, 'fortran_order': False, 'shape': (2, 3)}"), "key 'x'"));
    CHECK(mentions(header(""), "none of a .npy file"));
    CHECK(mentions(header("{"), "none of a .npy file"));
    CHECK(mentions(header("{'descr"), "none of a .npy file"));
    CHECK(mentions(header("{'des\\cr': 1}"), "none of a .npy file"));
    CHECK(mentions(header(npy_header("<f4", "(2, 3)") + "x"), "none of a .npy file"));
    CHECK(mentions(header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}"), "none of a .npy file"));
    CHECK(mentions(header(std::string(60000, '(')), "none of a .npy file"));

    CHECK(mentions(refused(path, npy_file("{}", "", 4)), "version 4.0"));
    CHECK(mentions(refused(path, npy_file("{}", "", 0)), "version 0.0"));
    CHECK(mentions(refused(path, std::string("\x93NUMPY\x01\x01\x02\x00{}", 12)), "version 1.1"));
    CHECK(
        mentions(refused(path, std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14)), "header of 4294967295 bytes"));
    CHECK(mentions(refused(path, "PK\x03\x04 of an .npz"), "no .npy file"));
    CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)mohs::open_npy(folder / "none.npy"); }),
                   "none.npy cannot be read: No such file"));
    CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)mohs::open_npy(folder / ""); }), "is a folder"));
}

TEST_CASE("a file that becomes shorter is an error in either way to read it")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    const std::string header = npy_header("<f4", "(1000, 3)");
    const std::string whole = npy_file(header, numbers<float>(3000));
    for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
        put(path, whole);
        const mohs::RowFile file = mohs::open_npy(path, access);
        mohs::RowBlock<float> block;
        CHECK(block.load(file, 999, 1)(0, 2) == 3000.0f);
        std::filesystem::resize_file(path, whole.size() - 1);
        CHECK(thrown_by<std::runtime_error>([&] { block.load(file, 999, 1); }) ==
              "mohs::open_npy: " + path.string() + " became shorter while it was read");
        std::filesystem::resize_file(path, 0);
        CHECK_THROWS_AS(block.load(file, 0, 1), std::runtime_error);
        // Longer is what others may make it.
        put(path, whole + "more");
        CHECK(block.load(file, 999, 1)(0, 2) == 3000.0f);
    }
}

#if MOHS_POSIX
TEST_CASE("rows of a mapped file are shown where they lie if they can be")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    std::string header = npy_header("<f4", "(2, 3)");
    header.insert(header.size() - 1, 64 - (10 + header.size()) % 64, ' ');
    put(path, npy_file(header, numbers<float>(6)));
    const mohs::RowFile file = mohs::open_npy(path, FileAccess::mapped);
    CHECK(file.is_mapped());
    const auto view = file.view<float>(0, 2);
    REQUIRE(view.has_value());
    CHECK(*view == (mohs::Matrix(2, 3) << 1, 2, 3, 4, 5, 6).finished());
    const mohs::Batch batch{*view};
    CHECK(batch.at(1, 2) == 6.0f);
    CHECK_FALSE(file.view<double>(0, 2).has_value());
    CHECK_FALSE(mohs::open_npy(path).view<float>(0, 2).has_value());
    const mohs::RowFile copy = file;
    CHECK(copy.view<float>(0, 2)->data() == view->data());

    // Elements at odd addresses cannot be shown, but read.
    header.insert(header.size() - 1, 1, ' ');
    put(path, npy_file(header, numbers<float>(6)));
    const mohs::RowFile odd = mohs::open_npy(path, FileAccess::mapped);
    CHECK_FALSE(odd.view<float>(0, 2).has_value());
    mohs::RowBlock<float> block;
    CHECK(block.load(odd, 1, 1)(0, 0) == 4.0f);
}
#endif

TEST_CASE("rows that are not finite are read as they are", "[ieee]")
{
    const ScratchFolder folder;
    const auto path = folder / "a.npy";
    constexpr float infinity = std::numeric_limits<float>::infinity();
    put(path, npy_file(npy_header("<f4", "(3,)"),
                       bytes_of(std::uint32_t{0x7fc00001}) + bytes_of(-infinity) + bytes_of(-0.0f)));
    mohs::Matrix rows;
    mohs::open_npy(path).read(0, 3, rows);
    CHECK(std::bit_cast<std::uint32_t>(rows(0, 0)) == 0x7fc00001U);
    CHECK(rows(1, 0) == -infinity);
    CHECK(std::signbit(rows(2, 0)));
}
