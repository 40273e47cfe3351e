#if defined(MOHS_DIGITS_ZLIB)

#include "fashion_mnist.hpp"

#include <zlib.h>
#include <array>
#include <filesystem>
#include <memory>

namespace digits {

namespace {

constexpr Index classes = 10, train_per_class = 600, test_per_class = 200;

/// A file of bytes in as many dimensions as its header says (IDX), packed by gzip or not.
class IdxReader {
public:
    IdxReader(const std::string& folder, const std::string& name, int dimensions)
        : path_((std::filesystem::path(folder) / (name + ".gz")).string())
    {
        if (!std::filesystem::exists(path_)) {
            path_ = (std::filesystem::path(folder) / name).string();
        }
        file_.reset(gzopen(path_.c_str(), "rb"));
        if (!file_) {
            fail("cannot be opened");
        }
        // Two bytes of 0, a type, of which 8 is a byte, and the number of dimensions.
        if (const std::uint32_t magic = word(); magic != 0x800U + static_cast<std::uint32_t>(dimensions)) {
            fail("is no IDX file of bytes in " + std::to_string(dimensions) + " dimensions");
        }
    }

    /// Four bytes, the highest first.
    std::uint32_t word()
    {
        std::array<unsigned char, 4> bytes{};
        read(bytes.data(), bytes.size());
        return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
               static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
    }

    void read(unsigned char* bytes, std::size_t count)
    {
        if (gzread(file_.get(), bytes, static_cast<unsigned>(count)) != static_cast<int>(count)) {
            fail("ends too early, or is damaged");
        }
    }

    [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(path_ + ": " + what); }

private:
    struct Close {
        void operator()(gzFile_s* file) const { gzclose(file); }
    };
    std::string path_;
    std::unique_ptr<gzFile_s, Close> file_;
};

/// Appends the first `per_class` images of every class.
void append(const std::string& folder, const std::string& part, Index per_class, std::vector<float>& values,
            Labels& labels, std::size_t& pixels)
{
    IdxReader images(folder, part + "-images-idx3-ubyte", 3), classes_of(folder, part + "-labels-idx1-ubyte", 1);
    const std::uint32_t count = images.word(), height = images.word(), width = images.word();
    if (height == 0 || width == 0 || height > 1024 || width > 1024 || (pixels != 0 && pixels != height * width)) {
        images.fail("has images of " + std::to_string(height) + " x " + std::to_string(width));
    }
    if (const std::uint32_t other = classes_of.word(); other != count) {
        classes_of.fail("has " + std::to_string(other) + " classes for " + std::to_string(count) + " images");
    }
    pixels = static_cast<std::size_t>(height) * width;
    std::array<Index, classes> taken{};
    std::vector<unsigned char> image(pixels);
    Index wanted = classes * per_class;
    for (std::uint32_t i = 0; i < count && wanted > 0; ++i) {
        unsigned char label = 0;
        classes_of.read(&label, 1);
        images.read(image.data(), pixels);
        if (label >= classes) {
            classes_of.fail("has the class " + std::to_string(label));
        }
        if (taken[label] < per_class) {
            ++taken[label];
            --wanted;
            labels.push_back(label);
            values.insert(values.end(), image.begin(), image.end());
        }
    }
    if (wanted > 0) {
        classes_of.fail("has fewer than " + std::to_string(per_class) + " images of some class");
    }
}

}  // namespace

Dataset load_fashion_mnist(const std::string& folder)
{
    Dataset data;
    std::vector<float> values;
    std::size_t pixels = 0;
    append(folder, "train", train_per_class, values, data.labels, pixels);
    data.train_rows = static_cast<Index>(data.labels.size());
    append(folder, "t10k", test_per_class, values, data.labels, pixels);
    data.features = Eigen::Map<const mohs::Matrix>(values.data(), static_cast<Index>(data.labels.size()),
                                                   static_cast<Index>(pixels));
    return data;
}

}  // namespace digits

#endif
