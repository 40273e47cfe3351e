#include <mohs/adapter/safetensors.hpp>
// Covers detail/adapter/tensor_list.hpp.

#include "../catch.hpp"
#include "../io/bytes.hpp"

namespace {

using mohs::FileAccess;
using mohs::Safetensors;
using mohs::ScalarKind;

std::string file_of(const std::string& header, const std::string& data)
{
    return bytes_of(std::uint64_t{header.size()}) + header + data;
}

std::string tensor(const std::string& name, const std::string& type, const std::string& shape,
                   const std::string& offsets)
{
    return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

std::string refused(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { Safetensors{file}; });
}

const std::string floats = bytes_of(1.0f) + bytes_of(2.0f) + bytes_of(3.0f) + bytes_of(4.0f);
const std::string halves = bytes_of(std::uint16_t{0x3c00}) + bytes_of(std::uint16_t{0xc000});   // 1, -2
const std::string bfloats = bytes_of(std::uint16_t{0x3f80}) + bytes_of(std::uint16_t{0xc040});  // 1, -3
const std::string good =
    file_of("{\"__metadata__\":{\"format\":\"pt\"}," + tensor("b", "F16", "[2,1]", "[16,20]") + "," +
                tensor("a", "F32", "[2,2]", "[0,16]") + "," + tensor("c", "BF16", "[2]", "[20,24]") + "," +
                tensor("d", "I64", "[1]", "[24,32]") + "," + tensor("e", "F8_E4M3", "[3]", "[32,35]") + "," +
                tensor("f", "F32", "[]", "[35,39]") + "," + tensor("g", "F32", "[0,4]", "[39,39]") + "}   ",
            floats + halves + bfloats + bytes_of(std::int64_t{-5}) + "xyz" + bytes_of(7.0f));

}

TEST_CASE("tensors are read by their names")
{
    const ScratchFolder folder;
    const auto path = folder / "a.safetensors";
    put(path, good);
    for (const FileAccess access : {FileAccess::blocks, FileAccess::mapped}) {
        const Safetensors file(path, access);
        CHECK(file.names() == std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"});
        mohs::RowBlock<float> block;
        CHECK(file.rows("a").scalar() == ScalarKind::float32);
        CHECK(block.load(file.rows("a"), 0, 2) == (mohs::Matrix(2, 2) << 1, 2, 3, 4).finished());
        CHECK(file.rows("b").scalar() == ScalarKind::float16);
        CHECK(block.load(file.rows("b"), 0, 2) == (mohs::Matrix(2, 1) << 1, -2).finished());
        CHECK(file.rows("c").scalar() == ScalarKind::bfloat16);
        CHECK(block.load(file.rows("c"), 0, 2) == (mohs::Matrix(2, 1) << 1, -3).finished());
        mohs::MatrixOf<std::int64_t> integers;
        file.rows("d").read(0, 1, integers);
        CHECK(integers(0, 0) == -5);
        CHECK(file.rows("g").rows() == 0);
        CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)file.rows("e"); }), "tensor 'e' of type 'F8_E4M3'"));
        CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)file.rows("f"); }), "tensor 'f' of 0 dimensions"));
        CHECK(thrown_by<std::runtime_error>([&] { (void)file.rows("h"); }) ==
              "mohs::Safetensors: " + path.string() + " has no tensor 'h', but 'a', 'b', 'c', 'd', 'e', 'f', 'g'");
    }
    put(path, file_of("{}", ""));
    CHECK(Safetensors(path).names().empty());
    CHECK(
        mentions(thrown_by<std::runtime_error>([&] { (void)Safetensors(path).rows("h"); }), "no tensor 'h', but none"));
}

TEST_CASE("a cut or longer file of tensors is an error")
{
    const ScratchFolder folder;
    const auto path = folder / "a.safetensors";
    for (std::size_t size = 0; size < good.size(); ++size) {
        INFO(size);
        CHECK(contains_any(refused(path, good.substr(0, size)), {"cut off"}));
    }
    CHECK(refused(path, good + "x") == "has 1 foreign bytes at its end");

    put(path, good);
    const mohs::RowFile rows = Safetensors(path).rows("a");
    std::filesystem::resize_file(path, good.size() - 30);
    mohs::Matrix read;
    CHECK(mentions(thrown_by<std::runtime_error>([&] { rows.read(0, 2, read); }), "became shorter while it was read"));
}

TEST_CASE("headers of tensors that lie are refused before memory is taken")
{
    const ScratchFolder folder;
    const auto path = folder / "a.safetensors";
    const auto one = [&](const std::string& entry) { return refused(path, file_of("{" + entry + "}", floats)); };
    CHECK(one(tensor("a", "F32", "[2,2]", "[0,16]")) == "nothing was thrown");
    for (const std::string shape : {"[2,3]", "[4611686018427387904,4]", "[18446744073709551615,18446744073709551615]",
                                    "[1,1,1,1,1]", "[0]", "[9223372036854775808,2]"}) {
        INFO(shape);
        CHECK(mentions(one(tensor("a", "F32", shape, "[0,16]")), "its shape does not take the 16 bytes"));
    }
    for (const std::string shape : {"[-2,-2]", "[2.0,2]", "[\"2\",2]", "[null,2]", "[[2],2]", "[1e30,1]"}) {
        INFO(shape);
        CHECK(mentions(one(tensor("a", "F32", shape, "[0,16]")), "must be integers of at least 0"));
    }
    for (const std::string offsets :
         {"[0,17]", "[16,0]", "[0,18446744073709551615]", "[18446744073709551600,18446744073709551615]"}) {
        INFO(offsets);
        CHECK(mentions(one(tensor("a", "F32", "[2,2]", offsets)), "are not in the file"));
    }
    CHECK(mentions(one(tensor("a", "F32", "[2,2]", "[0,-16]")), "must be integers of at least 0"));
    CHECK(mentions(one(tensor("a", "F32", "[2,2]", "[0]")), "two data_offsets"));
    CHECK(mentions(one(tensor("a", "F32", "4", "[0,16]")), "field shape must be a list"));
    CHECK(mentions(one(tensor("a", "F32", "[2,1]", "[0,8]")), "8 foreign bytes"));
    CHECK(mentions(one(tensor("a", "F32", "[2,1]", "[8,16]")), "does not begin where the one before ends"));
    CHECK(mentions(one(tensor("a", "F32", "[3]", "[0,12]") + "," + tensor("b", "F32", "[2]", "[8,16]")),
                   "tensor 'b' that does not begin"));
    CHECK(mentions(one(tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[2]", "[8,16]")),
                   "tensor 'b' that does not begin"));
    CHECK(
        mentions(one(tensor("a", "F32", "[4]", "[0,16]") + "," + tensor("a", "F32", "[4]", "[0,16]")), "there twice"));
    CHECK(mentions(one("\"a\":3"), "must be an object"));
    CHECK(mentions(one("\"a\":{\"dtype\":\"F32\",\"shape\":[4]}"), "no field data_offsets"));
    CHECK(mentions(one("\"a\":{\"dtype\":7,\"shape\":[4],\"data_offsets\":[0,16]}"), "field dtype must be a string"));
    CHECK(mentions(one(tensor("a", "F32", "[4]", "[0,0]")), "its shape does not take the 0 bytes"));
    CHECK(mentions(one(tensor("a\\u0000\\n", "F32", "[9]", "[0,16]")), "'a?"));

    CHECK(mentions(refused(path, file_of("[]", floats)), "no JSON object"));
    CHECK(mentions(refused(path, file_of("{", floats)), "not JSON"));
    CHECK(mentions(refused(path, file_of("\xff", floats)), "not JSON"));
    CHECK(mentions(refused(path, file_of(std::string(100000, '['), floats)), "nested deeper than 32"));
    CHECK(mentions(refused(path, bytes_of(~std::uint64_t{0}) + "{}"), "header of 18446744073709551615 bytes"));
    CHECK(mentions(refused(path, bytes_of(std::uint64_t{1} << 62) + "{}"), "at most 16777216"));
    CHECK(mentions(refused(path, bytes_of(std::uint64_t{3}) + "{}"), "less than its header"));
}
